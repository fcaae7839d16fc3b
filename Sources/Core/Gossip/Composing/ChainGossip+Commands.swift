package import WarrenChain
import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

// MARK: - What the node asks for, and what it answers

extension ChainGossip {
    /// The first of all: builds the chain from the store, of whose resident spaces these are the
    /// rows; `.restored` or `.unusable` follows.
    package mutating func begin(
        residents: [StoreChange],
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        let rows = residents.filter { $0.space == .ledger || $0.space == .evidence }
        phase = .restoring(Restoration(settings.rules), residents: rows)
        turn(now: now, random: &random, into: &outbox) { gossip, turn in gossip.restore(&turn) }
    }

    /// The answer to a `.load`.
    package mutating func loaded(
        _ id: LoadID,
        _ rows: [StoreChange],
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        turn(now: now, random: &random, into: &outbox) { gossip, turn in
            switch gossip.phase {
            case .waiting, .broken: break
            case .restoring(var restoration, let residents):
                do throws(StoreFlaw) {
                    try restoration.take(rows)
                } catch {
                    return gossip.giveUp(error, &turn)
                }
                gossip.phase = .restoring(restoration, residents: residents)
                gossip.restore(&turn)
            case .running where ChainServer.owns(id):
                gossip.tell(ChainServer.Input.loaded(id, rows), &turn)
            case .running where BlockServer.owns(id):
                gossip.tell(BlockServer.Input.loaded(id, rows), &turn)
            case .running where id == ChainGossip.unreadID: gossip.followStored(rows, &turn)
            case .running: break
            }
        }
    }

    /// The rows of the last `.record` are in the store.
    package mutating func recorded(
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        guard isRunning else { return }
        turn(now: now, random: &random, into: &outbox) { gossip, turn in gossip.adoptMade(&turn) }
    }

    /// We use the peer as a hot one from now on, which it acknowledged; or no longer.
    ///
    /// Of a trustable peer any silence is taken. Source: design §17.2.
    package mutating func use(
        _ peer: PeerID,
        isHot: Bool,
        isTrustable: Bool = false,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        guard isRunning, let row = peers[peer], row.isHot != isHot else { return }
        _ = peers.update(peer) { row in
            row.isHot = isHot
            row.isTrustable = isTrustable
        }
        turn(now: now, random: &random, into: &outbox) { gossip, turn in
            if isHot {
                gossip.tell(ChainClient.Input.follow(peer, isTrustable: isTrustable), &turn)
                gossip.tell(BlockFetcher.Input.ready(peer), &turn)
                gossip.tell(TransactionOffer.Input.ready(peer), &turn.outbox)
            } else {
                gossip.tell(ChainClient.Input.unfollow(peer), &turn)
                gossip.tell(BlockFetcher.Input.leaving(peer), &turn)
                gossip.tell(TransactionOffer.Input.leaving(peer), &turn.outbox)
                gossip.forget(peer)
                gossip.renewWanted(&turn)
            }
        }
    }

    /// The peer uses us as a hot one from now on, or no longer.
    package mutating func used(
        by peer: PeerID,
        isHot: Bool,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        guard isRunning, peers.contains(peer) else { return }
        turn(now: now, random: &random, into: &outbox) { gossip, turn in
            if isHot {
                gossip.tell(ChainServer.Input.raised(peer), &turn)
                gossip.tell(BlockServer.Input.raised(peer), &turn)
                gossip.tell(TransactionPull.Input.raised(peer), &turn)
            } else {
                gossip.tell(ChainServer.Input.lowered(peer), &turn)
                gossip.tell(BlockServer.Input.lowered(peer), &turn)
                gossip.tell(TransactionPull.Input.lowered(peer), &turn)
            }
        }
    }

    /// Whether everybody connected can be believed; of interest until the node is caught up.
    ///
    /// Source: O§3.12, O§9.6.
    package mutating func trust(
        _ isTrusted: Bool,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        guard isRunning else { return }
        sync.trust(isTrusted)
        turn(now: now, random: &random, into: &outbox) { gossip, turn in gossip.judge(&turn) }
    }

    /// How far away the peer is, as last measured.
    package mutating func roundTrip(
        _ peer: PeerID,
        _ duration: Duration,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        guard isRunning, peers.contains(peer) else { return }
        turn(now: now, random: &random, into: &outbox) { gossip, turn in
            gossip.tell(BlockFetcher.Input.roundTrip(peer, duration), &turn)
        }
    }

    /// Takes a transaction from whoever runs the node, and offers it at once; who might be asked for
    /// it hears with the next `.deadline`.
    package mutating func submit(
        _ transaction: Transaction,
        into outbox: inout Outbox<Report>
    ) -> Mempool.Admission {
        let admission = mempool.add(transaction, ledger: chain.ledger)
        if case .added = admission {
            sight(transaction.id, from: nil, &outbox)
            tellOffer(&outbox)
            isPoolNews = true
        }
        return admission
    }
}

// MARK: - Starting from the store

extension ChainGossip {
    /// The readings of the store's rows; they come one after the other.
    private static let restorationID = LoadID(rawValue: 1 << 56)

    private mutating func restore(_ turn: inout Turn) {
        guard case .restoring(let restoration, let residents) = phase else { return }
        if let range = restoration.wanted {
            return turn.outbox.report(.load(Self.restorationID, range))
        }
        var update = ChainUpdate()
        do throws(StoreFlaw) {
            chain = try restoration.finish(
                genesis: settings.pools,
                residents: residents,
                into: &update
            )
        } catch {
            return giveUp(error, &turn)
        }
        phase = .running
        (told.tip, told.shown) = (chain.tip, chain.shown)
        early.observe(chain, now: turn.now)
        absorb(update, &turn)
        tellLedger(&turn)
        judge(&turn)
        planSlot(now: turn.now)
        turn.outbox.report(.restored)
    }

    private mutating func giveUp(_ flaw: StoreFlaw, _ turn: inout Turn) {
        phase = .broken
        turn.outbox.report(.unusable(flaw))
    }
}
