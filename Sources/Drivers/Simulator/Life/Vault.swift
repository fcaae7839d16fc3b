package import WarrenPrimitives

/// What a node wrote, and what of it would survive a crash.
///
/// Rows can be read as soon as they are written, as from one connection to a database; a crash takes
/// back the newest batches that were not acknowledged. Source: design §17.9.
package struct Vault: Sendable {
    private var spaces: [StoreSpace: OrderedRows] = [:]
    /// Batches that a crash may take back, and what stood in their places before; oldest first.
    private var pending: [(batch: UInt64, undo: [StoreChange])] = []
    private let keepsResident: Bool

    /// A host that never starts again needs only the rows that are read by ranges.
    package init(keepsResident: Bool = true) { self.keepsResident = keepsResident }

    /// The rows of every resident space, in key order: the first input of a node's life.
    package var residentRows: [StoreChange] {
        StoreSpace.allCases.filter(\.isResident).flatMap { space in
            (spaces[space]?.all ?? []).map { StoreChange(space, key: $0.key, value: $0.value) }
        }
    }

    package func read(_ range: StoreRange) -> [StoreChange] {
        guard let rows = spaces[range.space] else { return [] }
        return rows.read(range).map { StoreChange(range.space, key: $0.key, value: $0.value) }
    }

    package mutating func write(_ batch: UInt64, _ changes: [StoreChange]) {
        var undo: [StoreChange] = []
        for change in changes where keepsResident || !change.space.isResident {
            let before = spaces[change.space, default: OrderedRows()].set(change.key, change.value)
            undo.append(StoreChange(change.space, key: change.key, value: before))
        }
        pending.append((batch, undo))
    }

    /// Everything up to `batch` is on the disk.
    package mutating func acknowledge(_ batch: UInt64) {
        let count = pending.prefix { $0.batch <= batch }.count
        pending.removeFirst(count)
    }

    /// Keeps a drawn number of the batches that nobody acknowledged, the older ones.
    package mutating func crash(_ random: inout Random) {
        let count = pending.isEmpty ? 0 : random.below(pending.count + 1)
        for batch in pending[count...].reversed() {
            for change in batch.undo.reversed() {
                _ = spaces[change.space, default: OrderedRows()].set(change.key, change.value)
            }
        }
        pending.removeAll()
    }

    /// A clean end: all of it is written.
    package mutating func close() { pending.removeAll() }
}

/// Rows by key; most are added behind the last.
private struct OrderedRows: Sendable {
    private(set) var all: [(key: [UInt8], value: [UInt8])] = []

    /// Answers what stood there.
    mutating func set(_ key: [UInt8], _ value: [UInt8]?) -> [UInt8]? {
        let place = firstPlace(notBefore: key)
        guard place < all.count, all[place].key == key else {
            if let value { all.insert((key, value), at: place) }
            return nil
        }
        let before = all[place].value
        if let value { all[place].value = value } else { all.remove(at: place) }
        return before
    }

    func read(_ range: StoreRange) -> [(key: [UInt8], value: [UInt8])] {
        var found: [(key: [UInt8], value: [UInt8])] = []
        var byteCount = 0
        var place = firstPlace(notBefore: range.from)
        // The least key behind `through`: itself and a zero byte.
        var end = max(place, firstPlace(notBefore: range.through + [0]))
        while place < end, found.count < range.rowLimit, byteCount < range.byteLimit {
            let row: (key: [UInt8], value: [UInt8])
            if range.isDescending {
                end -= 1
                row = all[end]
            } else {
                row = all[place]
                place += 1
            }
            found.append(row)
            byteCount += row.value.count
        }
        return found
    }

    private func firstPlace(notBefore key: [UInt8]) -> Int {
        if let last = all.last, last.key.lexicographicallyPrecedes(key) { return all.count }
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if all[middle].key.lexicographicallyPrecedes(key) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
