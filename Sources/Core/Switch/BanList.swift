import WarrenPrimitives

/// Whom not to have as a peer, and until when.
///
/// The node keeps bans in its store and tells them again at start. Source: design §17.16.
struct BanList: Equatable, Sendable {
    /// How many nodes may be banned at once; the address book holds no more either (design §6).
    ///
    /// Ids cost a stranger nothing, so the ban that ends soonest makes room for a new one.
    static let limit = 10_000

    private var ends = Roster<NodeID, Instant>()

    var count: Int { ends.count }

    /// When the ban of `id` ends; nil if it is not banned at `now`.
    func end(_ id: NodeID, now: Instant) -> Instant? {
        ends[id].flatMap { now < $0 ? $0 : nil }
    }

    mutating func set(_ id: NodeID, until: Instant) {
        if ends[id] == nil, ends.count >= Self.limit {
            var soon = 0
            for (place, end) in ends.rows.enumerated() where end < ends.rows[soon] { soon = place }
            ends.remove(ends.ids[soon])
        }
        ends[id] = until
    }

    mutating func lift(_ id: NodeID) { ends.remove(id) }
}
