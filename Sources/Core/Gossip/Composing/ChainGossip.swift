package import WarrenChain
package import WarrenObservation
package import WarrenPeering
package import WarrenPrimitives
package import WarrenSwitch

/// The chain of a node and all that spreads it, as one reactor on channels 0x71 to 0x73.
///
/// ```
///  0x71 ─▶ ChainServer                      ┌─ headers ─▶ Blockchain ─▶ events, rows
///       ─▶ ChainClient ─ headers, rollbacks ┘     │ missing()  ▲             │
///  0x72 ─▶ BlockServer                            ▼            │ checked     ├─▶ mempool
///       ─▶ BlockFetcher ◀───────────────────── wanted     body ┘             ├─▶ servers, clients
///             └────────────────────────────────────────────────              └─▶ reports, notes
///  0x73 ─▶ TransactionPull ─ transactions ─▶ mempool ─ news, at the end of the turn ─▶ both
///       ─▶ TransactionOffer ◀─────────────────┘
/// ```
///
/// Its parts never call each other: what one brings about goes through here. Every change of the
/// chain is told to all parts before anything else is heard. It begins with the store's rows
/// (``begin(residents:now:random:into:)``); whoever composes it lets no peer in before `.restored`.
///
/// Who uses a peer offers it transactions, and who is used asks for them (O§8.7).
/// Sources: design §4, §17.2, §17.8, §17.9, §17.13; O§5.4.
package struct ChainGossip: Reactor {
    package struct Settings: Sendable {
        package var rules: ChainRules
        package var pools: [Ledger.GenesisPool]
        /// Who signs this node's blocks; nil for a relay.
        package var signer: NodeKey?

        package init(rules: ChainRules, pools: [Ledger.GenesisPool], signer: NodeKey? = nil) {
            self.rules = rules
            self.pools = pools
            self.signer = signer
        }
    }

    package enum Report: Sendable {
        /// The chain is there, with what the store had of it.
        case restored
        /// The store cannot be used.
        case unusable(StoreFlaw)
        /// Rows of one batch.
        case persist([StoreChange])
        /// Rows of one batch with a block of our own: ``recorded(now:random:into:)`` answers once
        /// they are in the store.
        case record([StoreChange])
        /// Answered by ``loaded(_:_:now:random:into:)``.
        indirect case load(LoadID, StoreRange)
        /// We owe the peer answers, or await some of it on 0x73: no lowering of its use is
        /// acknowledged before `.release`.
        case hold(PeerID)
        case release(PeerID)
        case fact(ChainFact)
        /// The ledger has other pools than before.
        case pools([LedgerPeers.Pool])
        /// The peer's chain is of no use to us for so long, and that is no offence.
        case demote(PeerID, CloseReason, delay: Duration)
    }

    /// How long a peer rests whose chain forks off too far back (O§3.9).
    package static let forkTooDeepDelay: Duration = .seconds(120)

    enum Phase: Sendable {
        case waiting
        /// The rows of the ledger and of the evidence are held until all others are there.
        case restoring(Restoration, residents: [StoreChange])
        case running
        /// The store's rows make no chain.
        case broken
    }

    package let settings: Settings
    var phase = Phase.waiting
    package internal(set) var chain: Blockchain
    package internal(set) var mempool: Mempool
    var chainServer = ChainServer()
    var chainClient: ChainClient
    var blockServer = BlockServer()
    var blockFetcher = BlockFetcher()
    var offer = TransactionOffer()
    var pull = TransactionPull()
    var early = EarlyAnnouncement()
    var peers = Roster<PeerID, Peering>()
    /// Whom we owe answers, as the node was told.
    var held: [PeerID] = []
    /// Who owes us answers on 0x73, as the node was told.
    var awaited: [PeerID] = []
    /// The pool changed, and the pull does not know.
    var isPoolNews = false
    /// Transactions that were put on record.
    var sighted = HandedIDs(limit: sightedLimit)
    /// Blocks whose bodies the pool is still to follow, read from the store one by one.
    var unread: [Header] = []
    /// From which height on the chain's blocks are looked through when all of them are read.
    var rereadFrom: UInt64?
    /// What parts and node were told last.
    var told: Told
    /// The fetcher's list, and how many of it came since it was made.
    var wanted: [Header] = []
    var arrivedCount = 0
    /// Whether the ledger may be trusted.
    package internal(set) var sync = SyncState()
    /// When one of the judgements of how recent the chain is will change.
    var judgementAt: Instant?
    /// The next slot to look at; nil unless we are a producer.
    var slotDue: SlotDue?
    /// A block of our own on its way to the store.
    var made: Block?

    /// What is known of a peer besides what the parts know.
    struct Peering: Sendable {
        let id: NodeID
        var isHot = false
        var isTrustable = false
        /// The last of its headers that is in our tree.
        var head: Hash?
        /// The height of the last of its headers that was put on record, so that one who shows the
        /// same ones again and again is not.
        var notedHeight: UInt64 = 0
        /// Its headers that are too far ahead of our tip as yet; at most what
        /// ``ChainClient/aheadLimit`` and its grant let it show.
        var ahead: ArraySlice<Header> = []
        /// What it showed of producers who made several blocks for one slot.
        var variants = VariantTally()
    }

    struct Told: Hashable, Sendable {
        var tip = Point.origin
        var shown = Point.origin
        var ledgerRevision: UInt64 = 0
        var ledgerState: LedgerState?
        var fetchMode: FetchMode?
        var poolSequence: UInt64 = 0
    }

    struct SlotDue: Hashable, Sendable {
        var slot: UInt64
        var at: Instant
    }

    /// One turn: what came in with it, and where answers go.
    struct Turn {
        let now: Instant
        var random: Random
        var outbox: Outbox<Report>
    }

    package init(settings: Settings) {
        self.settings = settings
        let rules = settings.rules
        chain = Blockchain(rules, genesis: settings.pools)
        mempool = Mempool(rules)
        chainClient = ChainClient(
            settings: ChainClient.Settings(
                genesisID: rules.genesisID,
                securityParameter: rules.securityParameter
            )
        )
        told = Told()
    }

    package var name: String { "chain" }

    /// Queues of messages besides the bytes that O§8.4 allows a peer to have under way: a follower's
    /// grants, a range of small blocks, and twice what the two ends of 0x73 have open.
    ///
    /// Blocks go before what is to be in later ones.
    package var channels: [ChannelDescriptor] {
        [
            ChannelDescriptor(
                id: GossipChannel.chain,
                priority: 6,
                sendQueueLimit: 32,
                sendQueueByteLimit: 1 << 19,
                receiveMessageLimit: GossipChannel.smallByteLimit
            ),
            ChannelDescriptor(
                id: GossipChannel.blocks,
                priority: 5,
                sendQueueLimit: 2 * BlockMessage.rangeLimit,
                sendQueueByteLimit: 1 << 20,
                receiveMessageLimit: GossipChannel.largeByteLimit
            ),
            ChannelDescriptor(
                id: GossipChannel.transactions,
                priority: 3,
                sendQueueLimit: 16,
                sendQueueByteLimit: 1 << 19,
                receiveMessageLimit: TransactionMessage.byteLimit
            ),
        ]
    }

    package var nextDeadline: Instant? {
        guard isRunning else { return nil }
        var least = soonest(chainServer.nextDeadline, chainClient.nextDeadline)
        least = soonest(least, blockFetcher.nextDeadline)
        least = soonest(least, pull.nextDeadline)
        least = soonest(least, early.nextDeadline)
        least = soonest(least, judgementAt)
        return soonest(least, slotDue?.at)
    }

    var isRunning: Bool {
        switch phase {
        case .running: true
        case .waiting, .restoring, .broken: false
        }
    }
}

// MARK: - What peers and time bring

extension ChainGossip {
    package mutating func handle(
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        guard isRunning else { return }
        turn(now: now, random: &random, into: &outbox) { gossip, turn in
            gossip.hear(event, &turn)
        }
    }

    private mutating func hear(_ event: ReactorEvent, _ turn: inout Turn) {
        switch event {
        case .initPeer(let peer): peers[peer.id] = Peering(id: peer.nodeID)
        case .addPeer: break
        case .receive(GossipChannel.chain, let bytes, let peer):
            guard let message = try? ChainMessage(bytes.span) else {
                return turn.outbox.stop(peer, .badMessage)
            }
            if message.isRequest {
                tell(ChainServer.Input.received(message, from: peer), &turn)
                hold(peer, &turn)
            } else {
                tell(ChainClient.Input.received(message, from: peer), &turn)
            }
        case .receive(GossipChannel.blocks, let bytes, let peer):
            guard let message = try? BlockMessage(bytes) else {
                return turn.outbox.stop(peer, .badMessage)
            }
            if message.isRequest {
                tell(BlockServer.Input.received(message, from: peer), &turn)
                hold(peer, &turn)
            } else {
                tell(BlockFetcher.Input.received(message, from: peer), &turn)
            }
        case .receive(GossipChannel.transactions, let bytes, let peer):
            guard let message = try? TransactionMessage(bytes) else {
                return turn.outbox.stop(peer, .badMessage)
            }
            if message.isRequest {
                tell(TransactionOffer.Input.received(message, from: peer), &turn.outbox)
            } else {
                tell(TransactionPull.Input.received(message, from: peer), &turn)
            }
        case .receive: break
        case .sendable(GossipChannel.chain, let peer):
            tell(ChainServer.Input.sendable(peer), &turn)
            tell(ChainClient.Input.sendable(peer), &turn)
        case .sendable(GossipChannel.blocks, let peer):
            tell(BlockServer.Input.sendable(peer), &turn)
            tell(BlockFetcher.Input.sendable(peer), &turn)
        case .sendable(GossipChannel.transactions, let peer):
            tell(TransactionPull.Input.sendable(peer), &turn)
            tell(TransactionOffer.Input.sendable(peer), &turn.outbox)
        case .sendable: break
        case .removePeer(let peer, _): remove(peer, &turn)
        case .deadline: wake(&turn)
        }
    }

    private mutating func remove(_ peer: PeerID, _ turn: inout Turn) {
        peers.remove(peer)
        held.removeAll { $0 == peer }
        awaited.removeAll { $0 == peer }
        tell(ChainServer.Input.removed(peer), &turn)
        tell(ChainClient.Input.removed(peer), &turn)
        tell(BlockServer.Input.removed(peer), &turn)
        tell(BlockFetcher.Input.removed(peer), &turn)
        tell(TransactionPull.Input.removed(peer), &turn)
        tell(TransactionOffer.Input.removed(peer), &turn.outbox)
        renewWanted(&turn)
    }

    private mutating func wake(_ turn: inout Turn) {
        tell(ChainServer.Input.deadline, &turn)
        tell(ChainClient.Input.deadline, &turn)
        tell(BlockFetcher.Input.deadline, &turn)
        tell(TransactionPull.Input.deadline, &turn)
        takeBackOverdue(&turn)
        judge(&turn)
        makeIfDue(&turn)
    }

    /// Lends the outbox and the draws to a turn; at its end tells what became of the pool, and takes
    /// note of what is still owed.
    mutating func turn(
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>,
        _ body: (inout ChainGossip, inout Turn) -> Void
    ) {
        var turn = Turn(now: now, random: random, outbox: outbox)
        // Moved, not shared: what is in it would be copied by the first message sent.
        outbox = Outbox(credit: Credit())
        body(&self, &turn)
        tellPool(&turn)
        release(&turn)
        random = turn.random
        outbox = turn.outbox
    }
}

// MARK: - Answers that are owed (design §17.2)

extension ChainGossip {
    private func owes(_ peer: PeerID) -> Bool {
        chainServer.owedReplyCount(to: peer) + blockServer.owedReplyCount(to: peer) > 0
    }

    private mutating func hold(_ peer: PeerID, _ turn: inout Turn) {
        guard owes(peer), !held.contains(peer) else { return }
        held.append(peer)
        turn.outbox.report(.hold(peer))
    }

    private mutating func release(_ turn: inout Turn) {
        guard !held.isEmpty else { return }
        var rest: [PeerID] = []
        for peer in held {
            if owes(peer) { rest.append(peer) } else { turn.outbox.report(.release(peer)) }
        }
        held = rest
    }
}
