import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// A payload of `size` bytes, another for each number.
func payload(_ number: Int, size: Int = 8) -> Transaction {
    let bytes = UInt32(number).bigEndianBytes
    return Transaction(.payload(bytes + [UInt8](repeating: 0, count: size - bytes.count)))
}

/// One of the longest encodings that a transaction of ours has.
func longest(_ number: Int) -> Transaction { payload(number, size: Transaction.payloadByteLimit) }

extension Transaction {
    var listing: TransactionMessage.Listing { .init(id: id, size: encoding.count) }
}

extension Mempool {
    static func test(_ change: (inout Limits) -> Void = { _ in }) -> Mempool {
        var limits = Limits()
        change(&limits)
        let rules = ChainRules(
            genesisID: .zero,
            start: .epoch,
            leaderSeed: [UInt8](repeating: 0, count: 32),
            producers: []
        )
        return Mempool(rules, limits: limits)
    }

    mutating func add(_ transactions: [Transaction]) {
        for transaction in transactions { _ = add(transaction, ledger: Ledger(genesis: [])) }
    }
}

/// An offer, and the test as all peers that it is made to.
struct OfferBench {
    var offer = TransactionOffer()
    var mempool = Mempool.test()
    var credit = Credit()
    /// What went out since the last ``forget()``.
    var sent: [TransactionMessage] = []
    var stops: [CloseReason] = []

    init(peers: [PeerID] = [.alice], queueLimit: Int = 1000) {
        for peer in peers {
            credit.open(
                peer,
                ChannelDescriptor(id: GossipChannel.transactions, sendQueueLimit: queueLimit)
            )
        }
    }

    mutating func forget() { sent = [] }

    /// The next message has left.
    mutating func drain() {
        let channel = GossipChannel.transactions
        if credit.restore(.alice, channel, messages: 1, bytes: 0) { tell(.sendable(.alice)) }
    }

    mutating func tell(_ input: TransactionOffer.Input) {
        var effects: [TransactionOffer.Effect] = []
        offer.handle(input, mempool: mempool, credit: &credit, into: &effects)
        for effect in effects {
            switch effect {
            case .send(_, let bytes):
                guard let message = try? TransactionMessage(bytes) else {
                    Issue.record("sent what cannot be read: \(bytes)")
                    continue
                }
                sent.append(message)
            case .stop(_, let reason): stops.append(reason)
            }
        }
    }

    mutating func receive(_ message: TransactionMessage) {
        tell(.received(message, from: .alice))
    }

    mutating func ask(_ wanted: Int, acknowledging acknowledged: Int = 0, blocking: Bool = true) {
        receive(.requestIDs(blocking: blocking, acknowledged: acknowledged, wanted: wanted))
    }

    mutating func add(_ transactions: Transaction...) {
        mempool.add(transactions)
        tell(.mempoolChanged)
    }
}

/// A pull, and the test as all peers that it pulls from.
struct PullBench {
    var pull = TransactionPull()
    var mempool: Mempool
    var now = Instant.epoch.advanced(by: .seconds(1000))
    var credit = Credit()
    /// What went out to each peer since the last ``forget()``.
    var sent: [PeerID: [TransactionMessage]] = [:]
    var effects: [TransactionPull.Effect] = []
    /// What came is put in the pool.
    var isAdmitting = true

    /// Each peer is raised, has said Init, and is asked for ids.
    init(_ peers: [PeerID] = [.alice], mempool: Mempool = .test()) {
        self.mempool = mempool
        for peer in peers {
            credit.open(
                peer,
                ChannelDescriptor(id: GossipChannel.transactions, sendQueueLimit: 10_000)
            )
            tell(.raised(peer))
            receive(.initiate, from: peer)
        }
    }

    var stops: [CloseReason] {
        effects.compactMap { if case .stop(_, let reason) = $0 { reason } else { nil } }
    }

    var transactions: [Transaction] {
        effects.compactMap { if case .transaction(_, let it) = $0 { it } else { nil } }
    }

    var duplicateCount: Int {
        effects.count { if case .duplicate = $0 { true } else { false } }
    }

    mutating func forget() { sent = [:] }

    /// The next message has left.
    mutating func drain() {
        let channel = GossipChannel.transactions
        if credit.restore(.alice, channel, messages: 1, bytes: 0) { tell(.sendable(.alice)) }
    }

    mutating func tell(_ input: TransactionPull.Input) {
        var effects: [TransactionPull.Effect] = []
        pull.handle(input, mempool: mempool, now: now, credit: &credit, into: &effects)
        for effect in effects {
            if case .send(let peer, let bytes) = effect {
                guard let message = try? TransactionMessage(bytes) else {
                    Issue.record("sent what cannot be read: \(bytes)")
                    continue
                }
                sent[peer, default: []].append(message)
                continue
            }
            self.effects.append(effect)
            if case .transaction(let peer, let transaction) = effect, isAdmitting {
                let admission = mempool.add(transaction, ledger: Ledger(genesis: []))
                tell(.admitted(peer, transaction.id, admission))
            }
        }
    }

    mutating func receive(_ message: TransactionMessage, from peer: PeerID = .alice) {
        tell(.received(message, from: peer))
    }

    mutating func offer(_ transactions: [Transaction], from peer: PeerID = .alice) {
        receive(.ids(transactions.map(\.listing)), from: peer)
    }

    mutating func deliver(_ transactions: [Transaction], from peer: PeerID = .alice) {
        receive(.transactions(transactions.map(\.encoding)), from: peer)
    }

    mutating func pass(_ duration: Duration) {
        now = now.advanced(by: duration)
        tell(.deadline)
    }

    /// The transactions that a peer was asked for.
    func asked(_ peer: PeerID = .alice) -> [Hash] {
        (sent[peer] ?? []).flatMap { (message) -> [Hash] in
            if case .requestTransactions(let ids) = message { ids } else { [] }
        }
    }
}
