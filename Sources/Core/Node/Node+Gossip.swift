package import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - The chain: what its reactor reports, and what it is told

extension Node {
    /// Gives the chain's reactor a command, with the credit lent to its outbox; nothing happens on a
    /// network that has no chain.
    mutating func commandChain(
        _ body: (inout ChainGossip?, inout Outbox<ChainGossip.Report>) -> Void
    ) {
        guard hasChain else { return }
        var outbox = Outbox<ChainGossip.Report>(credit: Credit())
        swap(&outbox.asks.credit, &switchboard.credit)
        body(&chain, &outbox)
        swap(&outbox.asks.credit, &switchboard.credit)
        chainDeadline = chain?.nextDeadline
        agenda.append(outbox) { .chainReport($0) }
    }

    mutating func tellChain(_ event: ReactorEvent, now: Instant, random: inout Random) {
        commandChain { chain, outbox in
            chain?.handle(event, now: now, random: &random, into: &outbox)
        }
    }

    mutating func hear(
        _ report: ChainGossip.Report,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch report {
        case .restored:
            guard phase == .loading else { return }
            run(now: now, random: &random, into: &effects)
        case .unusable: loseStore(now: now, into: &effects)
        case .persist(let changes): unsaved += changes
        case .record(let changes):
            unsaved += changes
            // All that is unsaved at the end of this input is one batch.
            madeBlockBatch = lastBatch + 1
        case .load(let id, let range): effects.append(.load(id, range))
        case .hold(let named):
            command { (lifecycle: inout Lifecycle, _: inout Outbox<Lifecycle.Report>) in
                lifecycle.hold(named)
            }
        case .release(let named):
            command { (lifecycle: inout Lifecycle, outbox: inout Outbox<Lifecycle.Report>) in
                lifecycle.release(named, now: now, random: &random, into: &outbox)
            }
        case .fact(let fact): absorb(fact, now: now)
        case .pools(let pools): ledger.use(ledgerPools: pools)
        case .demote(let named, let reason, let delay):
            let peer = current(named)
            guard live[peer]?.use == .hot else { return }
            guard manager.governor != nil else {
                // The other managers know no rest between warm and hot: who is there is hot.
                return agenda.append(.switchInput(.stop(peer, reason, flush: true)))
            }
            use(peer, .warm, now: now, random: &random)
            agenda.append(.governorInput(.observed(peer, .warm, delay: delay)))
        }
    }

    /// A batch is in the store: a block of our own that is in it may be heard of.
    mutating func persisted(_ batch: UInt64, now: Instant, random: inout Random) {
        persistedBatch = max(persistedBatch, batch)
        guard let awaited = madeBlockBatch, awaited <= persistedBatch, phase == .running else {
            return
        }
        madeBlockBatch = nil
        commandChain { chain, outbox in
            chain?.recorded(now: now, random: &random, into: &outbox)
        }
    }

    mutating func loadedRange(
        _ id: LoadID,
        _ rows: [StoreChange],
        now: Instant,
        random: inout Random
    ) {
        commandChain { chain, outbox in
            chain?.loaded(id, rows, now: now, random: &random, into: &outbox)
        }
    }

    // MARK: Who is hot

    /// Our use of a peer as a hot one begins, which the peer acknowledged, or ends (design §17.2).
    mutating func follow(_ peer: PeerID, isHot: Bool, now: Instant, random: inout Random) {
        guard hasChain else { return }
        let handle = switchboard.reactorHandle(peer)
        let isTrustable = isHot && isTrustable(peer)
        commandChain { chain, outbox in
            chain?.use(
                handle,
                isHot: isHot,
                isTrustable: isTrustable,
                now: now,
                random: &random,
                into: &outbox
            )
        }
    }

    mutating func serve(_ named: PeerID, isHot: Bool, now: Instant, random: inout Random) {
        commandChain { chain, outbox in
            chain?.used(by: named, isHot: isHot, now: now, random: &random, into: &outbox)
        }
    }

    mutating func measured(
        _ named: PeerID,
        _ duration: Duration,
        now: Instant,
        random: inout Random
    ) {
        commandChain { chain, outbox in
            chain?.roundTrip(named, duration, now: now, random: &random, into: &outbox)
        }
    }

    /// Tells a chain that is not caught up whether the company that the node keeps can be believed.
    ///
    /// Without P2P, or with another manager, nobody says so: such a node trusts a young tip only.
    /// Source: O§3.12, O§9.6.
    mutating func tellTrust(now: Instant, random: inout Random) {
        guard areCountsOld, hasChain, chain?.sync.isCaughtUp == false,
            let mode = manager.governor?.associationMode(
                ledgerPeers: ledger.isEnabled,
                sharing: configuration.sharesPeers || configuration.isRouting
            ),
            let isTrusted = manager.governor?.isTrustedState(in: mode),
            chain?.sync.isTrusted != isTrusted
        else { return }
        commandChain { chain, outbox in
            chain?.trust(isTrusted, now: now, random: &random, into: &outbox)
        }
    }

    /// Whether the topology trusts the peer: it is in a trustable group of local roots (O§3.11).
    private func isTrustable(_ peer: PeerID) -> Bool {
        guard let entry = directory[peer] else { return false }
        for group in topology.localRoots where group.trustable {
            for point in group.accessPoints {
                if let id = point.id, id == entry.id { return true }
                if case .ip(let ip) = point.host, let port = point.port,
                    entry.address == SocketAddress(ip: ip, port: port)
                {
                    return true
                }
            }
        }
        return false
    }
}

extension Genesis {
    /// The chain of a node on this network; nil if the network has none.
    func chain(signer: NodeKey?) -> ChainGossip? {
        guard let rules = chainRules else { return nil }
        var keys: Set<Hash> = []
        let pools = zip(producers, pools).compactMap { producer, pool in
            keys.insert(producer.key).inserted
                ? Ledger.GenesisPool(key: producer.key, pool: pool) : nil
        }
        return ChainGossip(
            settings: ChainGossip.Settings(rules: rules, pools: pools, signer: signer)
        )
    }
}

// MARK: - What can be seen of it

extension Node {
    /// Nil while the store is being read: where the chain ends is not known then.
    var tip: Snapshot.Tip? {
        guard let chain, !isLoading else { return nil }
        let mark = chain.chain.tip.mark(genesis: chain.settings.rules.genesisID)
        return Snapshot.Tip(
            slot: mark.slot,
            height: mark.height,
            hash: mark.hash.description,
            bestHeight: chain.bestHeight
        )
    }

    var equivocationCount: Int? { chain?.chain.evidence.count }

    var mempool: Snapshot.Mempool? {
        guard let chain else { return nil }
        var mempool = Snapshot.Mempool()
        mempool.count = chain.mempool.count
        mempool.bytes = chain.mempool.byteCount
        return mempool
    }

    /// Takes a transaction from whoever runs the node; nil on a network without a chain.
    ///
    /// What follows of it is carried out with the node's next input; a `.deadline` will do, and is due
    /// at once.
    package mutating func submit(_ transaction: Transaction) -> Mempool.Admission? {
        guard phase == .running else { return nil }
        var admission: Mempool.Admission?
        commandChain { chain, outbox in admission = chain?.submit(transaction, into: &outbox) }
        guard admission != nil else { return nil }
        // No clock is asked here: the start of this life is past, and every driver can count from it.
        chainDeadline = startedAt
        if listening != nil { nextDeadline = startedAt }
        return admission
    }
}
