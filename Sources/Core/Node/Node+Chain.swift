import WarrenObservation
import WarrenPeering
import WarrenPrimitives

// MARK: - What the chain says, or a script in its place (design §17.13)

extension Node {
    mutating func absorb(_ fact: ChainFact, now: Instant) {
        switch fact {
        case .ledgerState(let state):
            ledgerState = state
            guard listening != nil else { return }
            agenda.append(.governorInput(.ledgerState(state)))
            agenda.append(.churnInput(.ledgerState(state)))
        case .fetchMode(let mode):
            fetchMode = mode
            feedMetrics(.measure(configuration.measure(mode)), now: now)
            guard listening != nil else { return }
            agenda.append(.churnInput(.fetchMode(mode)))
        case .slot(let slot): ledger.reached(slot)
        case .headerSeen(let id, let slot): feedMetrics(.headerSeen(by: id, slot: slot), now: now)
        case .bodySeen(let id, let slot, let bytes):
            feedMetrics(.bodySeen(by: id, slot: slot, bytes: bytes), now: now)
        }
    }

    private mutating func feedMetrics(_ input: PeerMetrics.Input, now: Instant) {
        guard manager.governor != nil else { return }
        var changes: [PeerMetrics.Effect] = []
        metrics.handle(input, now: now, into: &changes)
        for case .scored(let id, let score) in changes {
            guard let peer = directory.peer(id: id) else { continue }
            agenda.append(.governorInput(.scored(peer, score)))
        }
    }

    /// A peer became hot: the governor may have learnt it after it was scored.
    mutating func tellScore(of peer: PeerID) {
        guard let id = directory[peer]?.id else { return }
        let score = metrics.score(of: id)
        if score != Governor.Score() { agenda.append(.governorInput(.scored(peer, score))) }
    }
}

// MARK: - Ledger peers (O§9)

extension Node {
    /// Answers the governor's request for roots or for big ledger peers.
    ///
    /// Nobody but bootstrap peers in the sensitive state; ledger peers where there are some; else
    /// all public roots of the topology, whatever was asked for. Source: O§3.6.2.
    mutating func requestRoots(
        _ count: Int,
        _ kind: LedgerPeers.Kind,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        if manager.governor?.requiresBootstrapPeers != true,
            let relays = ledger.draw(count, of: kind, now: now, random: &random)
        {
            relayLookups.begin(relays, for: kind)
            beginRelayLookups(into: &effects)
            settleLedgerPeers(now: now)
        } else {
            if !awaitedRoots.contains(kind) { awaitedRoots.append(kind) }
            settlePublicRoots(now: now)
        }
    }

    /// The name of a ledger relay was looked up, with these addresses or none.
    mutating func hearRelay(
        _ lookup: LookupID,
        _ addresses: [SocketAddress],
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        relayLookups.resolved(lookup, addresses, random: &random)
        beginRelayLookups(into: &effects)
        settleLedgerPeers(now: now)
    }

    private mutating func beginRelayLookups(into effects: inout [Effect]) {
        while let (lookup, host, port) = relayLookups.next() {
            effects.append(.resolve(lookup, host: host, port: port))
        }
    }

    private mutating func settleLedgerPeers(now: Instant) {
        for kind in LedgerPeers.Kind.allCases {
            guard let found = relayLookups.finish(kind) else { continue }
            var peers: [PeerID] = []
            for relay in found {
                guard let peer = ledgerPeer(relay, now: now), !peers.contains(peer) else {
                    continue
                }
                peers.append(peer)
            }
            answer(
                kind,
                peers.map { Governor.Root(peer: $0, advertise: false, kind: kind.rootKind) },
                retryAfter: LedgerPeers.answerDuration
            )
        }
    }

    mutating func answer(
        _ kind: LedgerPeers.Kind,
        _ roots: [Governor.Root],
        retryAfter delay: Duration
    ) {
        switch kind {
        case .all: agenda.append(.governorInput(.publicRoots(roots, retryAfter: delay)))
        case .big: agenda.append(.governorInput(.bigLedgerPeers(roots, retryAfter: delay)))
        }
    }

    /// The handle of a relay in the ledger; nil for ourselves, the banned and the private.
    ///
    /// The ledger's address counts over what others say, but neither over the configuration nor over
    /// a connection that stands.
    private mutating func ledgerPeer(_ relay: RelayLookups.Found, now: Instant) -> PeerID? {
        let address = relay.address
        let expected = relay.id ?? pins[address]?.id ?? occupant(of: address)?.id
        guard expected != ownID, address != listening, !ownAddresses.contains(address),
            !address.ip.isUnspecified
        else { return nil }
        guard let expected else { return directory.unnamedPeer(at: address) }
        guard !configuration.isPrivate(expected), !book.isBanned(expected, now: now) else {
            return nil
        }
        let peer = directory.peer(id: expected, address: address)
        if directory[peer]?.isConfigured == false, !live.contains(peer) {
            directory.move(peer, to: address)
        }
        return peer
    }
}

extension LedgerPeers.Kind {
    fileprivate var rootKind: Governor.Root.Kind {
        switch self {
        case .all: .ledger
        case .big: .bigLedger
        }
    }
}

extension NodeConfiguration {
    /// What makes a peer's score while blocks are fetched so.
    ///
    /// Source: O§3.5.
    func measure(_ mode: FetchMode) -> PeerMetrics.Measure {
        switch (consensusMode, mode) {
        case (.praos, .deadline): .firsts
        case (.praos, .bulkSync), (.genesis, .bulkSync), (.genesis, .deadline): .bytes
        }
    }

    var churnSettings: Churn.Settings {
        var settings = Churn.Settings(deadlineTargets: targets, syncTargets: syncTargets)
        settings.pace = pace
        settings.consensusMode = consensusMode
        settings.closeDuration = protocolIdleTimeout + timeWaitTimeout / pace
        return settings
    }
}
