import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// Brings the local roots in force in line with the configuration and the known target.
    ///
    /// Those no longer among them stay known as ordinary peers; hot ones are demoted at once when
    /// the configuration dropped them, so that slots come free. A connection is not restarted when
    /// its group's diffusion mode changed. While the node drains its peers, all of it waits; in the
    /// sensitive state only trustable groups count. Source: O§3.7, O§3.4 (4, 5).
    mutating func regroup(demotesRemoved: Bool, now: Instant, into effects: inout [Effect]) {
        guard canProgress else {
            isRegroupDue = true
            return
        }
        isRegroupDue = false
        let disjoint = configuredGroups.disjoint()
        let eligible = requiresBootstrapPeers ? disjoint.clampedToTrustable() : disjoint
        let groups = eligible.clamped(toLimit: targets.known)
        guard groups != localRootGroups else { return }
        let before = peers(where: \.isLocal)
        install(groups, now: now, into: &effects)
        if demotesRemoved {
            for peer in before {
                guard let row = known[peer], !row.isLocal, row.phase == .hot(.idle) else {
                    continue
                }
                demoteHot(peer, .noLongerConfigured, into: &effects)
            }
        }
        recheckTrust()
    }

    /// Puts these groups in force, without looking at what becomes of those that were.
    mutating func install(
        _ groups: [LocalRootGroup],
        now: Instant,
        into effects: inout [Effect]
    ) {
        for peer in peers(where: \.isLocal) {
            revise(peer) { $0.standing = .nonRoot }
        }
        localRootGroups = groups
        census.groups = Array(repeating: Tally(), count: groups.count)

        for (index, group) in groups.enumerated() {
            let advertise: Advertise = group.advertise ? .advertised : .withheld
            for peer in group.members {
                revise(peer) {
                    $0.standing = .local(group: index)
                    $0.advertise = advertise
                }
                learn(
                    peer,
                    as: .local(group: index),
                    from: .localRoot,
                    advertise: advertise,
                    now: now,
                    into: &effects
                )
            }
        }
    }
}

extension [Governor.LocalRootGroup] {
    /// The groups without the members of earlier ones, and valencies no larger than what is left.
    ///
    /// A group that wants nobody, or has nobody, is emptied rather than taken out: its place is
    /// its name. Source: O§1.3.
    func disjoint() -> Self {
        var taken: Set<PeerID> = []
        return map { group in
            var seen = taken
            var clamped = group
            clamped.members = group.members.filter { seen.insert($0).inserted }
            clamped.clampValencies()
            taken.formUnion(clamped.members)
            return clamped
        }
    }

    /// The trustable groups; the others are emptied (O§1.3).
    func clampedToTrustable() -> Self {
        map { group in
            var clamped = group
            if !group.trustable { clamped.members = [] }
            clamped.clampValencies()
            return clamped
        }
    }

    /// The first groups that have together at most `limit` members; the one that crosses it keeps
    /// its first members.
    ///
    /// Upstream keeps the first in address order; handles have none, so file order serves.
    func clamped(toLimit limit: Int) -> Self {
        var room = limit
        return map { group in
            var clamped = group
            clamped.members = Array<PeerID>(group.members.prefix(Swift.max(room, 0)))
            room = clamped.members.count < group.members.count ? 0 : room - group.members.count
            clamped.clampValencies()
            return clamped
        }
    }
}

extension Governor.LocalRootGroup {
    mutating func clampValencies() {
        warmValency = min(warmValency, members.count)
        hotValency = min(hotValency, warmValency)
        guard hotValency <= 0 else { return }
        members = []
        hotValency = 0
        warmValency = 0
    }
}
