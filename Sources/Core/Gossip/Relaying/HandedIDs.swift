import WarrenPrimitives

/// The last transactions that were handed over and not taken, so that they are not fetched again.
///
/// A ring: the oldest is overwritten.
struct HandedIDs: Sendable {
    let limit: Int
    private var ids: Set<Hash> = []
    private var ring: [Hash] = []
    private var next = 0

    init(limit: Int) {
        precondition(limit > 0, "a limit of \(limit) ids keeps none")
        self.limit = limit
    }

    func contains(_ id: Hash) -> Bool { ids.contains(id) }

    mutating func insert(_ id: Hash) {
        guard ids.insert(id).inserted else { return }
        guard ring.count == limit else { return ring.append(id) }
        // One that was removed leaves its place, and may have come again behind it: then it goes
        // early, and costs one more fetch.
        ids.remove(ring[next])
        ring[next] = id
        next = (next + 1) % limit
    }

    mutating func remove(_ id: Hash) { ids.remove(id) }
}
