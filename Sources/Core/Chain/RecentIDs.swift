import WarrenPrimitives

/// The last so many different ids, in the order in which they came.
struct RecentIDs: Sendable {
    let limit: Int
    private var places: [Hash: UInt64] = [:]
    /// Oldest first; a place that ``places`` does not know any more is an empty one.
    private var queue: [(id: Hash, place: UInt64)] = []
    private var head = 0
    private var next: UInt64 = 0

    init(limit: Int) {
        precondition(limit > 0, "a limit of \(limit) ids keeps none")
        self.limit = limit
    }

    var count: Int { places.count }

    func contains(_ id: Hash) -> Bool { places[id] != nil }

    /// Makes `id` the latest; the oldest goes when there are more than ``limit``.
    mutating func insert(_ id: Hash) {
        places[id] = next
        queue.append((id, next))
        next += 1
        if places.count > limit { removeOldest() }
        tidy()
    }

    mutating func remove(_ id: Hash) {
        places[id] = nil
        tidy()
    }

    @discardableResult
    mutating func removeOldest() -> Hash? {
        while head < queue.count {
            let (id, place) = queue[head]
            head += 1
            guard places[id] == place else { continue }
            places[id] = nil
            return id
        }
        return nil
    }

    /// Empty places never outnumber the ids by more than a few.
    private mutating func tidy() {
        guard queue.count > 2 * places.count + 64 else { return }
        queue = queue[head...].filter { places[$0.id] == $0.place }
        head = 0
    }
}
