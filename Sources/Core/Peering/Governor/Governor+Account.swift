package import WarrenObservation
package import WarrenPrimitives

extension Governor {
    /// What the governor has to say of one peer: what it is, and what keeps or would move it.
    package struct Account: Hashable, Sendable {
        package let source: PeerSource
        package let standing: Standing
        package let advertise: Advertise
        package let phase: Phase
        package let failCount: Int
        package let isTepid: Bool
        /// When it may be dialed or made hot, if that is still to come.
        package let nextAttemptAt: Instant?
        package let forgivenAt: Instant?
        package let score: Score
        /// The last change of temperature: when and why.
        package let changedAt: Instant
        package let lastReason: Reason
        /// In this order: what is under way, what holds it back, what it counts for.
        package let forces: [Force]

        package var temperature: Temperature { phase.temperature }

        package var group: Int? {
            if case .local(let group) = standing { group } else { nil }
        }
    }

    /// One thing that keeps a peer where it is, or would move it.
    package enum Force: Hashable, Sendable {
        /// A job leads there; the reason is what its transition will carry.
        case underway(to: Temperature, Reason)
        /// Its outbound side ended by itself; it is left alone until it is cold.
        case cooling
        /// Not to be dialed, or made hot, before then.
        case waits(until: Instant)
        /// It does not speak what a hot peer must.
        case cannotBeHot
        /// The sensitive state holds back what would promote it, or lets it go.
        case gate(Trust)
        /// So many failures of those it may have; one more and it is forgotten.
        case failures(Int, limit: Int)
        /// So many of a set, of so many wanted.
        case quota(Quota, count: Int, wanted: Int)
    }

    /// What a peer is counted against.
    package enum Quota: Hashable, Sendable {
        case target(Reason.Target)
        /// Roots are not forgotten up to this target.
        case roots
        case warmValency(group: Int)
        case hotValency(group: Int)
    }

    /// The account of a known peer; nil for others.
    package func account(of peer: PeerID) -> Account? {
        guard let row = known[peer] else { return nil }
        return Account(
            source: row.source,
            standing: row.standing,
            advertise: row.advertise,
            phase: row.phase,
            failCount: row.failCount,
            isTepid: row.isTepid,
            nextAttemptAt: row.nextAttemptAt,
            forgivenAt: row.forgivenAt,
            score: row.score,
            changedAt: row.changedAt,
            lastReason: row.lastReason,
            forces: movement(row) + gates(row) + failures(row) + quotas(row)
        )
    }

    private func movement(_ row: KnownPeer) -> [Force] {
        switch row.phase {
        case .cold(.available), .warm(.idle), .hot(.idle): []
        case .cold(.promoting(let reason)): [.underway(to: .warm, reason)]
        case .warm(.promoting(let reason)): [.underway(to: .hot, reason)]
        case .warm(.demoting(let reason)): [.underway(to: .cold, reason)]
        case .hot(.demoting(let reason)): [.underway(to: .warm, reason)]
        case .warm(.cooling): [.cooling]
        case .warm(.resting(.distantFuture)): [.cannotBeHot]
        case .cold(.waiting(let until)), .warm(.resting(let until)): [.waits(until: until)]
        }
    }

    private func gates(_ row: KnownPeer) -> [Force] {
        switch trust {
        case .unrestricted: []
        case .draining: [.gate(.draining)]
        case .onlyTrusted: row.population == .bigLedger ? [.gate(.onlyTrusted)] : []
        }
    }

    private func failures(_ row: KnownPeer) -> [Force] {
        guard row.failCount > 0, row.standing.isForgettable else { return [] }
        return [.failures(row.failCount, limit: Policy.failureLimit)]
    }

    /// What may keep it where it is, then what may raise it.
    private func quotas(_ row: KnownPeer) -> [Force] {
        switch row.standing {
        case .local(let group):
            row.temperature == .hot ? [hotQuota(group)] : [warmQuota(group), hotQuota(group)]
        case .root(.bigLedger):
            ladder(row, .knownBigLedger, .establishedBigLedger, .activeBigLedger)
        case .root(.configured), .root(.bootstrap), .root(.ledger):
            (row.temperature == .cold
                ? [.quota(.roots, count: census.rootCount, wanted: targets.root)] : [])
                + ladder(row, .known, .established, .active)
        case .nonRoot: ladder(row, .known, .established, .active)
        }
    }

    private func warmQuota(_ group: Int) -> Force {
        .quota(
            .warmValency(group: group),
            count: census.groups[group].established,
            wanted: localRootGroups[group].warmValency
        )
    }

    private func hotQuota(_ group: Int) -> Force {
        .quota(
            .hotValency(group: group),
            count: census.groups[group].active,
            wanted: localRootGroups[group].hotValency
        )
    }

    private func ladder(
        _ row: KnownPeer,
        _ known: Reason.Target,
        _ established: Reason.Target,
        _ active: Reason.Target
    ) -> [Force] {
        let tally = census[row.population]
        let rungs: [Force] = [
            .quota(.target(known), count: tally.known, wanted: target(known)),
            .quota(.target(established), count: tally.established, wanted: target(established)),
            .quota(.target(active), count: tally.active, wanted: target(active)),
        ]
        switch row.temperature {
        case .unknown: return []
        case .cold: return Array(rungs[0...1])
        case .warm: return Array(rungs[1...2])
        case .hot: return Array(rungs[2...2])
        }
    }
}
