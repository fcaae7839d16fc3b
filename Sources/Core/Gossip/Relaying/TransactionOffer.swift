package import WarrenChain
package import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

/// Offers the pool's transactions to the peers that this node uses, on channel 0x73.
///
/// ```
///  closed ── .ready: Init ──▶ open ── RequestIDs ────────────▶ IDs: what came behind the cursor
///    ▲                         │          └ blocking, nothing there: answered when something is
///    │                         └───── RequestTransactions ───▶ Transactions: those still there
///    └── Done: in answer to a blocking request, once .leaving
/// ```
///
/// A peer is a cursor into the pool, the ids that it did not acknowledge, and the requests that wait
/// for credit or for news. Every request is answered, in order, also once the peer is to be hot no
/// longer: then with nothing new, and a blocking one with Done. The session outlasts that if no
/// request is open; so both ends can part and meet again with messages under way, and what was
/// offered once on a connection is not offered again.
///
/// What a `.send` holds has spent its credit already. Sources: O§8.7, design §17.2, §17.8.
package struct TransactionOffer: Sendable {
    package enum Input: Hashable, Sendable {
        /// The peer acknowledged that it is hot.
        case ready(PeerID)
        /// The peer is to be hot no longer.
        case leaving(PeerID)
        /// A request.
        case received(TransactionMessage, from: PeerID)
        case sendable(PeerID)
        /// The connection is gone.
        case removed(PeerID)
        /// Transactions came.
        case mempoolChanged
    }

    package enum Effect: Hashable, Sendable {
        case send(PeerID, [UInt8])
        case stop(PeerID, CloseReason)
    }

    private var askers = Roster<PeerID, Asker>()

    /// Where one peer stands.
    struct Asker: Hashable {
        var isReady = false
        var phase = Phase.closed
        /// The sequence number of what was offered last.
        var cursor: UInt64 = 0
        /// Offered and not acknowledged, oldest first.
        var window: [Offered] = []
        /// Unanswered, in their order.
        ///
        /// One for ids at most. Those for transactions hold no more ids than a window: before there
        /// are others to ask for, they are answered.
        var requests: [Request] = []
    }

    enum Phase: Hashable {
        case closed
        /// Init is due.
        case opening
        case open
        /// It broke a rule and is being stopped.
        case over
    }

    struct Offered: Hashable {
        var id: Hash
        var isAsked = false
    }

    enum Request: Hashable {
        case ids(isBlocking: Bool, limit: Int)
        case transactions([Hash])

        var isForIDs: Bool {
            switch self {
            case .ids: true
            case .transactions: false
            }
        }
    }

    package init() {}

    package mutating func handle(
        _ input: Input,
        mempool: Mempool,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        switch input {
        case .ready(let peer):
            var asker = askers[peer] ?? Asker()
            asker.isReady = true
            if asker.phase == .closed { asker.phase = .opening }
            askers[peer] = asker
            serve(peer, mempool, credit: &credit, into: &effects)
        case .leaving(let peer):
            _ = askers.update(peer) { asker in
                asker.isReady = false
                if asker.phase == .opening { asker.phase = .closed }
            }
            serve(peer, mempool, credit: &credit, into: &effects)
        case .received(let message, let peer):
            receive(message, peer, into: &effects)
            serve(peer, mempool, credit: &credit, into: &effects)
        case .sendable(let peer): serve(peer, mempool, credit: &credit, into: &effects)
        case .removed(let peer): askers.remove(peer)
        case .mempoolChanged:
            for peer in askers.ids
            where askers.read(peer, { $0.awaits(mempool.lastSequence) }) == true {
                serve(peer, mempool, credit: &credit, into: &effects)
            }
        }
    }

    // MARK: - Requests

    private mutating func receive(
        _ message: TransactionMessage,
        _ peer: PeerID,
        into effects: inout [Effect]
    ) {
        guard var asker = askers[peer] else {
            return effects.append(.stop(peer, .unsolicitedMessage))
        }
        guard asker.phase != .over else { return }
        if let reason = asker.take(message) {
            asker = Asker(phase: .over)
            effects.append(.stop(peer, reason))
        }
        askers[peer] = asker
    }

    /// Answers what is asked, as far as credit and the pool go.
    private mutating func serve(
        _ peer: PeerID,
        _ mempool: Mempool,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        guard var asker = askers[peer] else { return }
        // So that the arrays in it are changed where they are.
        askers[peer] = Asker()
        while asker.owes(mempool.lastSequence) {
            guard credit.allows(peer, GossipChannel.transactions) else {
                // Asks to be told when there is some.
                _ = credit.spend(peer, GossipChannel.transactions, bytes: 0)
                break
            }
            guard let bytes = asker.answer(mempool)?.bytes else { break }
            _ = credit.spend(peer, GossipChannel.transactions, bytes: bytes.count)
            effects.append(.send(peer, bytes))
        }
        askers[peer] = asker
    }
}

// MARK: - One peer

extension TransactionOffer.Asker {
    /// Takes a request, or says which rule it breaks.
    mutating func take(_ message: TransactionMessage) -> CloseReason? {
        guard phase == .open else { return .unsolicitedMessage }
        switch message {
        case .requestIDs(let isBlocking, let acknowledgedCount, let wantedCount):
            guard !requests.contains(where: \.isForIDs) else { return .unsolicitedMessage }
            guard acknowledgedCount <= window.count else { return .badMessage }
            let left = window.count - acknowledgedCount
            guard isBlocking == (left == 0) else { return .badMessage }
            guard wantedCount > 0 || !isBlocking && acknowledgedCount > 0 else {
                return .badMessage
            }
            guard left + wantedCount <= TransactionMessage.windowLimit else {
                return .transactionFlood
            }
            window.removeFirst(acknowledgedCount)
            requests.append(.ids(isBlocking: isBlocking, limit: wantedCount))
        case .requestTransactions(let ids):
            for id in ids {
                guard let place = window.firstIndex(where: { $0.id == id && !$0.isAsked }) else {
                    return .unsolicitedMessage
                }
                window[place].isAsked = true
            }
            requests.append(.transactions(ids))
        case .initiate, .ids, .transactions, .done: return .unsolicitedMessage
        }
        return nil
    }

    /// Whether a message can be sent now, in a pool that goes as far as `last`.
    func owes(_ last: UInt64) -> Bool {
        switch phase {
        case .closed, .over: false
        case .opening: true
        case .open:
            switch requests.first {
            case .none: false
            case .some(.ids(true, _)): !isReady || cursor < last
            case .some(.ids(false, _)), .some(.transactions): true
            }
        }
    }

    /// Whether it waits for transactions, and the pool has come as far as `last`.
    func awaits(_ last: UInt64) -> Bool { phase == .open && owes(last) }

    /// The next message; nil when there is nothing to say yet.
    mutating func answer(_ mempool: Mempool) -> TransactionMessage? {
        guard phase == .open else {
            phase = .open
            return .initiate
        }
        guard let request = requests.first else { return nil }
        let answer: TransactionMessage
        switch request {
        case .ids(let isBlocking, let limit):
            let listed = isReady ? mempool.listing(after: cursor, limit: limit) : []
            // What came is gone already: nothing lies between here and the end.
            if isReady, listed.count < limit { cursor = mempool.lastSequence }
            if listed.isEmpty, isBlocking {
                guard !isReady else { return nil }
                phase = .closed
                answer = .done
            } else {
                window += listed.map { TransactionOffer.Offered(id: $0.id) }
                if listed.count == limit { cursor = listed.last?.sequence ?? cursor }
                answer = .ids(listed.map { .init(id: $0.id, size: $0.size) })
            }
        case .transactions(let ids):
            answer = .transactions(ids.compactMap { mempool.transaction($0)?.encoding })
        }
        requests.removeFirst()
        return answer
    }
}
