package import WarrenObservation

/// Says what to do next, so that a schedule is kept: when to wait, and what to submit.
///
/// It keeps to the schedule's instants however long answers take. What nobody got round to within
/// ``latenessLimit`` is left out and counted: a burst after a pause would be another load than the
/// one that was asked for.
package struct LoadPace: Sendable {
    package let schedule: LoadSchedule
    package private(set) var tally = LoadTally()
    private var next: Int
    private var inFlight = 0
    private let inFlightLimit: Int

    /// Submissions that wait for an answer at once, unless told otherwise.
    package static let usualInFlightLimit = 64
    /// How late a submission may be.
    package static let latenessLimit: Duration = .seconds(1)

    /// Begins with the transaction of number `first`.
    package init(
        _ schedule: LoadSchedule,
        from first: Int = 0,
        inFlightLimit: Int = usualInFlightLimit
    ) {
        self.schedule = schedule
        self.inFlightLimit = inFlightLimit
        next = first
    }

    package enum Step: Hashable, Sendable {
        case submit(LoadSchedule.Submission)
        /// Until then, from t = 0, or until an answer comes.
        case wait(until: Duration)
        /// Until an answer comes: as many wait for one as may.
        case hold
        /// Nothing is left but answers that may still come.
        case end
    }

    /// What to do at `now`, counted from t = 0; a submission counts as sent from then on.
    package mutating func step(at now: Duration) -> Step {
        guard let due = schedule.due(next) else { return .end }
        guard due <= now else { return .wait(until: due) }
        let oldest = schedule.number(from: now - Self.latenessLimit)
        if next < oldest {
            let skipped = min(oldest, schedule.total ?? oldest)
            tally.unsentCount += skipped - next
            next = skipped
            return step(at: now)
        }
        guard inFlight < inFlightLimit else { return .hold }
        guard let submission = schedule.submission(next) else { return .end }
        next += 1
        inFlight += 1
        tally.sentCount += 1
        return .submit(submission)
    }

    /// An answer came, or will not come any more.
    package mutating func take(_ admittance: Admittance) {
        inFlight -= 1
        tally.take(admittance)
    }
}

/// What became of the transactions of a stream.
package struct LoadTally: Hashable, Sendable {
    /// Given to a node.
    package var sentCount = 0
    /// Left out, because nobody got round to them in time.
    package var unsentCount = 0
    private var counts: [Admittance: Int] = [:]

    package init() {}

    package mutating func take(_ admittance: Admittance) {
        counts[admittance, default: 0] += 1
    }

    package func count(of admittance: Admittance) -> Int { counts[admittance] ?? 0 }

    package var acceptedCount: Int { count(of: .added) }

    /// What was not accepted, by the reason.
    package var refusals: [(reason: Admittance, count: Int)] {
        Admittance.allCases.compactMap { reason in
            guard reason != .added, let count = counts[reason] else { return nil }
            return (reason, count)
        }
    }

    /// Every transaction that was due has been accepted.
    package var isClean: Bool { unsentCount == 0 && acceptedCount == sentCount }

    /// Of several streams together.
    package static func += (tally: inout LoadTally, other: LoadTally) {
        tally.sentCount += other.sentCount
        tally.unsentCount += other.unsentCount
        tally.counts.merge(other.counts, uniquingKeysWith: +)
    }
}
