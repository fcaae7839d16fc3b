import WarrenPrimitives

/// Lanes whose value may change by time alone, the soonest first: a binary heap.
///
/// An entry that is out of date is left in it; whoever takes it out looks whether it still holds.
struct DueQueue: Sendable {
    private var entries: [(at: Instant, lane: Int)] = []

    var soonest: Instant? { entries.first?.at }

    mutating func put(_ lane: Int, at instant: Instant) {
        entries.append((instant, lane))
        var place = entries.count - 1
        while place > 0, entries[place].at < entries[(place - 1) / 2].at {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// Takes out one that is due at `now`.
    mutating func take(at now: Instant) -> (at: Instant, lane: Int)? {
        guard let first = entries.first, first.at <= now else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < entries.count && entries[child].at < entries[least].at { least = child }
            guard least != place else { return first }
            entries.swapAt(place, least)
            place = least
        }
    }
}
