package import WarrenObservation

/// A fact as it is written down.
package struct Sighting: Hashable, Sendable {
    package var fact: Fact
    package var detail: Detail

    package enum Detail: Hashable, Sendable {
        case none
        /// Which events are lost, where the fact is that some are.
        case gap(EventLine.Gap)
        /// Of a snapshot only the counts: it tells nothing that the events did not.
        case countsOnly
    }

    package init(_ fact: Fact, _ detail: Detail = .none) {
        self.fact = fact
        self.detail = detail
    }
}
