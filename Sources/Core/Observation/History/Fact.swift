package import WarrenPrimitives

/// Something that an observer of the network learnt, at an instant on the observer's clock.
///
/// Facts are given in the order of their instants; one that comes late counts from when it comes.
package struct Fact: Hashable, Sendable {
    package var at: Instant
    package var what: What

    package init(at: Instant, _ what: What) {
        self.at = at
        self.what = what
    }

    package enum What: Hashable, Sendable {
        case node(Int, NodeFact)
        /// A fault of the timetable or by hand, by name.
        case faultStarted(String)
        case faultHealed(String)
        /// It could not be carried out, or not be undone in time, and nobody tries again.
        case faultFailed(String, why: String)
        /// What a query over the recording said: true if the first column of its first row is
        /// neither zero nor null; nil if it could not be run.
        case answered(query: String, Bool?)
    }

    package enum NodeFact: Hashable, Sendable {
        case healthy
        /// It runs, and says that it cannot make progress.
        case unhealthy
        /// It does not run; what it knew in memory is gone.
        case down
        /// It could not be asked: nobody knows its state until a snapshot tells.
        case unasked
        case event(Event)
        /// Events of it are lost.
        case gap
        case snapshot(Snapshot)
    }
}
