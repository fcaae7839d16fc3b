/// Rows with ids: a dictionary whose order depends only on what was done to it.
///
/// Rows stand in an array in a defined order. Removing swaps with the last row, so every operation
/// is O(1) and random choice, iteration and snapshots are the same in every process, which
/// `Dictionary` does not promise (style 6). A few ids are looked through, which is faster than
/// hashing and touches less memory; more of them have an index beside them. Public,
/// though nobody outside needs it: Swift 6.3 specialises generic code of another module only if it
/// is, and every machine keeps its rows in one.
public struct Roster<ID: Hashable & Sendable, Row> {
    /// Where each id stands; empty as long as there are few.
    @usableFromInline var places: [ID: Int] = [:]
    @usableFromInline var storedIDs: [ID] = []
    @usableFromInline var storedRows: [Row] = []

    @inlinable public init() {}

    /// How many ids are looked through before an index pays: as many handles fill two lines of the
    /// processor's cache.
    @inlinable static var scanLimit: Int { 32 }

    @inlinable func place(of id: ID) -> Int? {
        if !places.isEmpty { return places[id] }
        var place = 0
        while place < storedIDs.count {
            if storedIDs[place] == id { return place }
            place += 1
        }
        return nil
    }

    @inlinable mutating func append(_ id: ID, _ row: Row) {
        storedIDs.append(id)
        storedRows.append(row)
        if !places.isEmpty {
            places[id] = storedIDs.count - 1
        } else if storedIDs.count > Self.scanLimit {
            for (place, id) in storedIDs.enumerated() { places[id] = place }
        }
    }

    @inlinable public var ids: [ID] { storedIDs }
    @inlinable public var rows: [Row] { storedRows }

    @inlinable public var count: Int { storedIDs.count }
    @inlinable public var isEmpty: Bool { storedIDs.isEmpty }

    @inlinable public func contains(_ id: ID) -> Bool { place(of: id) != nil }

    /// The row of `id`; setting nil removes it, setting a row for a new id appends it.
    @inlinable public subscript(id: ID) -> Row? {
        get {
            guard let place = place(of: id) else { return nil }
            return storedRows[place]
        }
        set {
            switch (place(of: id), newValue) {
            case (.some(let place), .some(let row)): storedRows[place] = row
            case (.some, .none): remove(id)
            case (.none, .some(let row)): append(id, row)
            case (.none, .none): break
            }
        }
    }

    /// The row of `id`, put in place first if there is none; changed where it stands.
    @inlinable public subscript(id: ID, default initial: @autoclosure () -> Row) -> Row {
        get { self[id] ?? initial() }
        _modify {
            let place: Int
            if let known = self.place(of: id) {
                place = known
            } else {
                place = storedIDs.count
                append(id, initial())
            }
            yield &storedRows[place]
        }
    }

    /// Changes the row of `id` where it stands; nothing happens if there is none.
    @inlinable public mutating func update<Result>(_ id: ID, _ body: (inout Row) -> Result)
        -> Result?
    {
        guard let place = place(of: id) else { return nil }
        return body(&storedRows[place])
    }

    /// Looks at the row of `id` where it stands, which spares a copy of the whole; nil if there is
    /// none.
    @inlinable public func read<Result>(_ id: ID, _ body: (Row) -> Result) -> Result? {
        guard let place = place(of: id) else { return nil }
        return body(storedRows[place])
    }

    /// Changes every row where it stands, in order.
    @inlinable public mutating func updateEach(_ body: (ID, inout Row) -> Void) {
        for place in storedIDs.indices { body(storedIDs[place], &storedRows[place]) }
    }

    /// Looks at where ids and rows begin, which brings them near; the number means nothing.
    @inlinable public func glance() -> Int {
        places.count &+ storedIDs.count &+ storedRows.count
    }

    @discardableResult
    @inlinable public mutating func remove(_ id: ID) -> Row? {
        guard let place = place(of: id) else { return nil }
        if !places.isEmpty { places[id] = nil }
        let last = storedIDs.count - 1
        if place != last {
            storedIDs.swapAt(place, last)
            storedRows.swapAt(place, last)
            if !places.isEmpty { places[storedIDs[place]] = place }
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
