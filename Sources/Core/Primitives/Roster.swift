/// Rows with ids: a dictionary whose order depends only on what was done to it.
///
/// Rows stand in an array in a defined order, beside an index from id to place. Removing swaps
/// with the last row, so every operation is O(1) and random choice, iteration and snapshots are
/// the same in every process, which `Dictionary` does not promise (style 6). Public,
/// though nobody outside needs it: Swift 6.3 specialises generic code of another module only if it
/// is, and every machine keeps its rows in one.
public struct Roster<ID: Hashable & Sendable, Row> {
    @usableFromInline var places: [ID: Int] = [:]
    @usableFromInline var storedIDs: [ID] = []
    @usableFromInline var storedRows: [Row] = []

    @inlinable public init() {}

    @inlinable public var ids: [ID] { storedIDs }
    @inlinable public var rows: [Row] { storedRows }

    @inlinable public var count: Int { storedIDs.count }
    @inlinable public var isEmpty: Bool { storedIDs.isEmpty }

    @inlinable public func contains(_ id: ID) -> Bool { places[id] != nil }

    /// The row of `id`; setting nil removes it, setting a row for a new id appends it.
    @inlinable public subscript(id: ID) -> Row? {
        get { places[id].map { storedRows[$0] } }
        set {
            switch (places[id], newValue) {
            case (.some(let place), .some(let row)): storedRows[place] = row
            case (.some, .none): remove(id)
            case (.none, .some(let row)):
                places[id] = storedIDs.count
                storedIDs.append(id)
                storedRows.append(row)
            case (.none, .none): break
            }
        }
    }

    /// The row of `id`, put in place first if there is none; changed where it stands.
    @inlinable public subscript(id: ID, default initial: @autoclosure () -> Row) -> Row {
        get { self[id] ?? initial() }
        _modify {
            let place: Int
            if let known = places[id] {
                place = known
            } else {
                place = storedIDs.count
                places[id] = place
                storedIDs.append(id)
                storedRows.append(initial())
            }
            yield &storedRows[place]
        }
    }

    /// Changes the row of `id` where it stands; nothing happens if there is none.
    @inlinable public mutating func update<Result>(_ id: ID, _ body: (inout Row) -> Result)
        -> Result?
    {
        guard let place = places[id] else { return nil }
        return body(&storedRows[place])
    }

    @discardableResult
    @inlinable public mutating func remove(_ id: ID) -> Row? {
        guard let place = places.removeValue(forKey: id) else { return nil }
        let last = storedIDs.count - 1
        if place != last {
            storedIDs.swapAt(place, last)
            storedRows.swapAt(place, last)
            places[storedIDs[place]] = place
        }
        storedIDs.removeLast()
        return storedRows.removeLast()
    }

    /// An id at random, or nil if there is none.
    @inlinable public func randomID(_ random: inout Random) -> ID? {
        isEmpty ? nil : storedIDs[random.below(storedIDs.count)]
    }
}

extension Roster: Sendable where Row: Sendable {}

extension Roster: Equatable where Row: Equatable {
    public static func == (lhs: Roster, rhs: Roster) -> Bool {
        lhs.storedIDs == rhs.storedIDs && lhs.storedRows == rhs.storedRows
    }
}
