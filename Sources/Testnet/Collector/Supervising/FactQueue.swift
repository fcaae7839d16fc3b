import WarrenObservation
package import WarrenPrimitives

/// Brings what many nodes tell into the order of time.
///
/// A fact waits until nothing earlier can be on its way; what comes later than that counts from
/// then, so that time never runs backwards behind it.
package struct FactQueue: Sendable {
    /// Facts up to here are out.
    package private(set) var horizon: Instant
    private var waiting: [Sighting] = []

    package init(after horizon: Instant = Instant(nanoseconds: .min)) { self.horizon = horizon }

    package var count: Int { waiting.count }

    package mutating func put(_ sighting: Sighting) { waiting.append(sighting) }

    /// Takes out every fact up to `instant`, in order; of one instant, as they came.
    package mutating func release(until instant: Instant) -> [Sighting] {
        guard horizon < instant else { return [] }
        var due: [(place: Int, sighting: Sighting)] = []
        var rest: [Sighting] = []
        for sighting in waiting {
            if sighting.fact.at <= instant {
                var sighting = sighting
                sighting.fact.at = max(sighting.fact.at, horizon)
                due.append((due.count, sighting))
            } else {
                rest.append(sighting)
            }
        }
        waiting = rest
        horizon = instant
        due.sort { ($0.sighting.fact.at, $0.place) < ($1.sighting.fact.at, $1.place) }
        return due.map(\.sighting)
    }
}
