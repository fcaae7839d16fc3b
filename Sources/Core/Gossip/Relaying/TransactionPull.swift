package import WarrenChain
package import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

/// Pulls the transactions of the peers that use this node, on channel 0x73.
///
/// ```
///  Init ──▶ RequestIDs ──▶ IDs ──▶ window: at most 10 offered and not acknowledged
///              ▲                      │  known here: nothing to do
///              │                      ├─ nobody asked: RequestTransactions ──▶ checked: .transaction
///              │                      └─ asked of another peer: here, too, when that one is slow
///              └── acknowledges ◀─────┘  or fails; of two at once at most
/// ```
///
/// What is asked for is acknowledged in the same breath: requests are answered in their order, so ids
/// and transactions travel at once, and a window of transactions per round trip and peer is the
/// pace. An id that waits for another peer stays in its window, so that it can still be asked for.
///
/// A transaction is checked against id and announced size, its encoding and its limits; whoever gets
/// `.transaction` adds it to the pool and tells what became of it with `.admitted`. What a `.send`
/// holds has spent its credit already. Sources: O§8.7, design §17.2, §17.8.
package struct TransactionPull: Sendable {
    package enum Input: Hashable, Sendable {
        /// The peer uses us: what it offers is pulled.
        case raised(PeerID)
        /// The peer uses us no longer: nothing more is asked for, what it owes is still taken.
        case lowered(PeerID)
        /// A message that is no request.
        case received(TransactionMessage, from: PeerID)
        case sendable(PeerID)
        /// The connection is gone.
        case removed(PeerID)
        /// What became of a `.transaction`.
        case admitted(PeerID, Hash, Mempool.Admission)
        /// Others brought transactions, or blocks took some; need not be told each time.
        case mempoolChanged
        case deadline
    }

    package enum Effect: Hashable, Sendable {
        case send(PeerID, [UInt8])
        /// What the peer was asked for, checked but for signatures.
        case transaction(PeerID, Transaction)
        /// The same again, from another peer that was asked, too; or one that came another way.
        case duplicate(PeerID, Hash, bytes: Int)
        case stop(PeerID, CloseReason)
    }

    /// How many ids are asked for at once, and so transactions, too: as many as may be
    /// unacknowledged.
    ///
    /// Upstream's V1 asks for 3 ids and 2 transactions, its V2 for 6 ids.
    package static let idLimit = TransactionMessage.windowLimit
    /// Of how many peers one transaction is asked at once: upstream's V2.
    package static let askedLimit = 2
    /// Bytes of the transactions that one peer may owe: six of the longest, as upstream's V2.
    package static let peerByteLimit = 6 * Transaction.byteLimit
    /// Bytes of the transactions that all peers may owe.
    package static let byteLimit = 1 << 20
    /// How long a peer may take for ids that it should have, and for transactions: shortWait.
    package static let replyLimit: Duration = .seconds(10)
    /// After how long a transaction is asked of a second peer: V2's in-flight timeout.
    package static let slowLimit: Duration = .milliseconds(600)
    /// After how long a peer is asked for ids again, when those that it offered cannot be
    /// acknowledged yet: V2's claim delay.
    package static let pollDelay: Duration = .milliseconds(250)
    /// How long a peer is left alone after each reply while the pool is full: what comes then drives
    /// out what is there.
    package static let fullDelay: Duration = .seconds(1)
    /// Ids of transactions that were handed over and not taken, and are not fetched again.
    package static let handedLimit = 4096

    var providers = Roster<PeerID, Provider>()
    /// All that is offered and not here, and all that is asked for: at most two windows for each
    /// peer.
    var wanted: [Hash: Wanted] = [:]
    /// Handed over, until the pool took them.
    var handed = HandedIDs(limit: handedLimit)
    /// Bytes of what all peers owe.
    var byteCount = 0
    /// Those that would ask for transactions if others owed less.
    var starved: [PeerID] = []
    /// Whose turn it is to be looked at, at the end of this input.
    var due: [PeerID] = []
    /// No later than the soonest deadline of any peer.
    var soon: Instant?

    /// What one peer offers and owes.
    struct Provider: Hashable {
        var isRaised = true
        /// Between Init and Done.
        var isOpen = false
        /// Offered and not acknowledged, oldest first.
        var window: [Offered] = []
        /// Unanswered, in their order.
        var requests: [Request] = []
        /// Bytes of the transactions in `requests`.
        var byteCount = 0
        /// Since when it has been owing without a word.
        var silentSince = Instant.epoch
        var repliedAt: Instant?
        /// When it is to be looked at again, whatever happens.
        var wakeAt: Instant?
        /// It broke a rule and is being stopped.
        var isOver = false
    }

    struct Offered: Hashable {
        var listing: TransactionMessage.Listing
        /// It was asked for, or need not be: it can be acknowledged.
        var isSettled = false
    }

    enum Request: Hashable {
        case ids(isBlocking: Bool, limit: Int)
        case transactions([TransactionMessage.Listing])

        var isForIDs: Bool {
            switch self {
            case .ids: true
            case .transactions: false
            }
        }
    }

    /// A transaction that is not here.
    struct Wanted: Hashable {
        /// Who is asked, in order of time.
        var asked: [Asked] = []
        /// Who has it in its window besides.
        var others: [PeerID] = []
    }

    struct Asked: Hashable {
        var peer: PeerID
        var at: Instant
    }

    package init() {}

    package var nextDeadline: Instant? { soon }

    /// How many answers a peer owes: its lowered use is acknowledged when there are none (design
    /// §17.2).
    package func owedReplyCount(by peer: PeerID) -> Int {
        providers.read(peer) { $0.requests.count } ?? 0
    }

    package mutating func handle(
        _ input: Input,
        mempool: Mempool,
        now: Instant,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        switch input {
        case .raised(let peer):
            providers[peer, default: Provider()].isRaised = true
            look(at: peer)
        case .lowered(let peer):
            lower(peer, now: now)
        case .received(let message, let peer):
            receive(message, peer, mempool, now: now, into: &effects)
            look(at: peer)
        case .sendable(let peer): look(at: peer)
        case .removed(let peer):
            release(peer)
            providers.remove(peer)
            starved.removeAll { $0 == peer }
        case .admitted(let peer, let id, let admission):
            judge(admission, id, peer, into: &effects)
        case .mempoolChanged: for peer in providers.ids { look(at: peer) }
        case .deadline:
            guard let deadline = soon, deadline <= now else { return }
            blame(now: now, into: &effects)
        }
        for peer in due { settle(peer, mempool, now: now, credit: &credit, into: &effects) }
        due.removeAll(keepingCapacity: true)
    }

    // MARK: - Rows

    func look(at peer: PeerID, _ due: inout [PeerID]) {
        if !due.contains(peer) { due.append(peer) }
    }

    mutating func look(at peer: PeerID) { look(at: peer, &due) }

    /// Nothing more is asked for; what is owed may still come, within time even if it may wait now.
    private mutating func lower(_ peer: PeerID, now: Instant) {
        _ = providers.update(peer) { provider in
            guard provider.isRaised else { return }
            provider.isRaised = false
            provider.wakeAt = nil
            if provider.isAtLeisure { provider.silentSince = now }
        }
        touch(peer)
    }

    /// The peer has nothing more, and owes nothing more: others are asked instead.
    mutating func release(_ peer: PeerID) {
        guard let provider = providers[peer] else { return }
        for offered in provider.window where !offered.isSettled {
            withdraw(offered.listing.id, of: peer)
        }
        for case .transactions(let listings) in provider.requests {
            for listing in listings { drop(listing.id, of: peer) }
        }
        free(provider.byteCount)
        _ = providers.update(peer) { $0 = Provider(isRaised: $0.isRaised, isOver: $0.isOver) }
    }

    /// The peer is asked for it no longer; whoever else has it may be.
    mutating func drop(_ id: Hash, of peer: PeerID) {
        guard let index = wanted.index(forKey: id) else { return }
        wanted.values[index].asked.removeAll { $0.peer == peer }
        let others = wanted.values[index].others
        if wanted.values[index].isForgotten { wanted.remove(at: index) }
        for other in others { look(at: other) }
    }

    /// The peer has it in its window no longer.
    mutating func withdraw(_ id: Hash, of peer: PeerID) {
        guard let index = wanted.index(forKey: id) else { return }
        wanted.values[index].others.removeAll { $0 == peer }
        if wanted.values[index].isForgotten { wanted.remove(at: index) }
    }

    /// So many bytes are owed no longer: those that waited for that may ask.
    mutating func free(_ bytes: Int) {
        guard bytes > 0 else { return }
        byteCount -= bytes
        for peer in starved { look(at: peer) }
        starved.removeAll(keepingCapacity: true)
    }

    mutating func fail(_ peer: PeerID, _ reason: CloseReason, into effects: inout [Effect]) {
        release(peer)
        _ = providers.update(peer) { $0.isOver = true }
        effects.append(.stop(peer, reason))
    }

    mutating func touch(_ peer: PeerID) {
        soon = soonest(soon, providers.read(peer) { $0.nextDeadline } ?? nil)
    }

    // MARK: - What became of it

    /// The pool remembers what it took, or what is in blocks; the rest is remembered here.
    private mutating func judge(
        _ admission: Mempool.Admission,
        _ id: Hash,
        _ peer: PeerID,
        into effects: inout [Effect]
    ) {
        switch admission {
        case .added, .known, .included: handed.remove(id)
        case .stale, .tooLarge, .unsigned: break
        }
        guard let reason = admission.violation,
            providers.read(peer, { $0.isOver }) == false
        else { return }
        fail(peer, reason, into: &effects)
    }

    // MARK: - Time

    /// Ends those who were silent for too long; looks at those whose time has come.
    private mutating func blame(now: Instant, into effects: inout [Effect]) {
        soon = nil
        for peer in providers.ids {
            guard let provider = providers[peer] else { continue }
            if let until = provider.replyUntil, until <= now {
                fail(peer, .transactionsTimeout, into: &effects)
            } else if let wakeAt = provider.wakeAt, wakeAt <= now {
                look(at: peer)
            }
            touch(peer)
        }
    }
}

extension TransactionPull.Wanted {
    /// Nobody has it.
    var isForgotten: Bool { asked.isEmpty && others.isEmpty }
}

extension TransactionPull.Provider {
    /// It may take its time: the first thing that it owes are ids that it need not have yet.
    var isAtLeisure: Bool {
        if case .ids(true, _) = requests.first { true } else { false }
    }

    /// Until when it must have said something.
    var replyUntil: Instant? {
        guard !isOver, !requests.isEmpty, !(isRaised && isAtLeisure) else { return nil }
        return silentSince.advanced(by: TransactionPull.replyLimit)
    }

    var nextDeadline: Instant? { isOver ? nil : soonest(replyUntil, wakeAt) }
}
