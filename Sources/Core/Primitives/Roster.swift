/// Rows with ids: a dictionary whose order depends only on what was done to it.
///
/// Rows stand in an array in a defined order, beside an index from id to place. Removing swaps
/// with the last row, so every operation is O(1) and random choice, iteration and snapshots are
/// the same in every process, which `Dictionary` does not promise (style 6).
package struct Roster<ID: Hashable & Sendable, Row> {
    private var places: [ID: Int] = [:]
    package private(set) var ids: [ID] = []
    package private(set) var rows: [Row] = []

    package init() {}

    package var count: Int { ids.count }
    package var isEmpty: Bool { ids.isEmpty }

    package func contains(_ id: ID) -> Bool { places[id] != nil }

    /// The row of `id`; setting nil removes it, setting a row for a new id appends it.
    package subscript(id: ID) -> Row? {
        get { places[id].map { rows[$0] } }
        set {
            switch (places[id], newValue) {
            case (.some(let place), .some(let row)): rows[place] = row
            case (.some, .none): remove(id)
            case (.none, .some(let row)):
                places[id] = ids.count
                ids.append(id)
                rows.append(row)
            case (.none, .none): break
            }
        }
    }

    /// The row of `id`, put in place first if there is none; changed where it stands.
    package subscript(id: ID, default initial: @autoclosure () -> Row) -> Row {
        get { self[id] ?? initial() }
        _modify {
            let place: Int
            if let known = places[id] {
                place = known
            } else {
                place = ids.count
                places[id] = place
                ids.append(id)
                rows.append(initial())
            }
            yield &rows[place]
        }
    }

    /// Changes the row of `id` where it stands; nothing happens if there is none.
    package mutating func update<Result>(_ id: ID, _ body: (inout Row) -> Result) -> Result? {
        guard let place = places[id] else { return nil }
        return body(&rows[place])
    }

    @discardableResult
    package mutating func remove(_ id: ID) -> Row? {
        guard let place = places.removeValue(forKey: id) else { return nil }
        let last = ids.count - 1
        if place != last {
            ids.swapAt(place, last)
            rows.swapAt(place, last)
            places[ids[place]] = place
        }
        ids.removeLast()
        return rows.removeLast()
    }

    /// An id at random, or nil if there is none.
    package func randomID(_ random: inout Random) -> ID? {
        isEmpty ? nil : ids[random.below(ids.count)]
    }
}

extension Roster: Sendable where Row: Sendable {}

extension Roster: Equatable where Row: Equatable {
    package static func == (lhs: Roster, rhs: Roster) -> Bool {
        lhs.ids == rhs.ids && lhs.rows == rhs.rows
    }
}
