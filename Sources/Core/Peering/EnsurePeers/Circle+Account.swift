package import WarrenObservation
package import WarrenPrimitives

extension Circle {
    /// What a node knows of a peer besides its circle.
    package struct Outlook: Hashable, Sendable {
        /// When somebody else may dial it: the switch a persistent peer, the book's back-off over.
        package var nextAttemptAt: Instant?
        /// Failed dials in a row as the book has them (C§7.6).
        package var dialFailureCount = 0
        /// Outbound connections now (C§5.4).
        package var outboundCount = 0
        /// How many ensure-peers wants; nil under a static topology.
        package var outboundLimit: Int?
        package init() {}
    }

    /// What keeps a known peer where it is, or would move it: what is under way, what holds it back,
    /// then what it counts for.
    ///
    /// A configured peer counts for its group, every member of which is wanted. Any other counts for
    /// the number of outbound connections while it has none, and is kept while it has one, since this
    /// policy lets nobody go (C§7.5).
    package func holds(of peer: PeerID, _ outlook: Outlook) -> [Snapshot.Hold] {
        guard let row = known[peer] else { return [] }
        return movement(row, outlook) + failures(row, outlook) + quotas(row, outlook)
    }

    private func movement(_ row: Acquaintance, _ outlook: Outlook) -> [Snapshot.Hold] {
        switch row.phase {
        case .dialing(let reason), .joining(let reason): [.underway(to: .warm, reason)]
        case .waiting(let until): [.waits(until: until)]
        case .idle: outlook.nextAttemptAt.map { [.waits(until: $0)] } ?? []
        case .warm: [.cannotBeHot]
        case .hot: []
        }
    }

    /// Only who is known by hearsay is ever given up.
    private func failures(_ row: Acquaintance, _ outlook: Outlook) -> [Snapshot.Hold] {
        guard row.isStranger, outlook.dialFailureCount > 0 else { return [] }
        return [.failures(outlook.dialFailureCount, limit: AddressBook.dialLimit)]
    }

    private func quotas(_ row: Acquaintance, _ outlook: Outlook) -> [Snapshot.Hold] {
        if let group = row.group, configured.groups.indices.contains(group) {
            let members = Set(configured.groups[group].members)
            let hotCount = members.count { known[$0]?.temperature == .hot }
            return [
                .quota(.hotValency(group: group), count: hotCount, wanted: members.count)
            ]
        }
        if row.phase.isConnected { return [.kept] }
        switch row.standing {
        case .kept: return []
        case .root, .other:
            guard let limit = outlook.outboundLimit else { return [] }
            return [.quota(.target(.established), count: outlook.outboundCount, wanted: limit)]
        }
    }
}
