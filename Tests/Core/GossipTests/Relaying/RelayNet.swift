import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSupport
import WarrenSwitch

/// Some nodes with pools, who use each other over pipes with latency and little credit.
struct RelayNet {
    /// How a node treats those that it uses.
    enum Manner {
        case honest
        /// Has nothing left of what it offers.
        case withholding
        /// Says nothing more when it is asked for transactions.
        case silent
        /// Changes a byte of what it sends.
        case forging
    }

    struct Node {
        var offer = TransactionOffer()
        var pull = TransactionPull()
        var mempool = Mempool.test()
        var credit = Credit()
        var manner = Manner.honest
        var receivedCount = 0
        var duplicateCount = 0

        mutating func tellOffer(_ input: TransactionOffer.Input) -> [TransactionOffer.Effect] {
            var effects: [TransactionOffer.Effect] = []
            offer.handle(input, mempool: mempool, credit: &credit, into: &effects)
            return effects
        }

        mutating func tellPull(
            _ input: TransactionPull.Input,
            now: Instant
        ) -> [TransactionPull.Effect] {
            var effects: [TransactionPull.Effect] = []
            pull.handle(input, mempool: mempool, now: now, credit: &credit, into: &effects)
            return effects
        }
    }

    /// One node's use of another.
    struct Use {
        var epoch = 0
        var isHot = false
        var isAcknowledged = true
    }

    /// From the first node to the second.
    struct Line: Hashable, Comparable {
        var from: Int
        var to: Int

        static func < (lhs: Line, rhs: Line) -> Bool {
            (lhs.from, lhs.to) < (rhs.from, rhs.to)
        }
    }

    enum Event {
        case message(Line, [UInt8])
        case use(Line, epoch: Int, isHot: Bool)
        case acknowledgement(Line, epoch: Int)
    }

    var nodes: [Node]
    var latency: ClosedRange<Int64> = 1...100
    var random: Random
    var now = Instant.epoch
    /// Soonest first; of one time in the order of their sending.
    private var events: [(at: Instant, event: Event)] = []
    private var lastArrivals: [Line: Instant] = [:]
    private var uses: [Line: Use] = [:]
    private var owed: [Line: Int] = [:]
    private var cut: Set<Line> = []
    private var muted: Set<Line> = []
    private(set) var stops: [(by: Int, of: Int, CloseReason)] = []
    private(set) var problems: [String] = []

    init(_ manners: [Manner], random: Random) {
        nodes = manners.map { Node(manner: $0) }
        self.random = random
    }

    // MARK: - Use

    /// The first node uses the second from now on, or uses it no longer.
    mutating func use(_ line: Line, isHot: Bool) {
        guard !cut.contains(line) else { return }
        let channel = ChannelDescriptor(id: GossipChannel.transactions, sendQueueLimit: 2)
        if uses[line] == nil, uses[Line(from: line.to, to: line.from)] == nil {
            nodes[line.from].credit.open(peer(line.to), channel)
            nodes[line.to].credit.open(peer(line.from), channel)
        }
        var use = uses[line] ?? Use()
        guard use.isHot != isHot else { return }
        use.epoch += 1
        use.isHot = isHot
        use.isAcknowledged = false
        uses[line] = use
        if !isHot { tellOffer(line.from, .leaving(peer(line.to))) }
        post(.use(line, epoch: use.epoch, isHot: isHot), on: nil)
    }

    var isSettled: Bool { uses.values.allSatisfy(\.isAcknowledged) }

    private func peer(_ index: Int) -> PeerID { PeerID(rawValue: UInt32(index)) }

    // MARK: - What nodes do

    mutating func submit(_ transaction: Transaction, at index: Int) {
        nodes[index].mempool.add([transaction])
        tellOffer(index, .mempoolChanged)
    }

    private mutating func tellOffer(_ index: Int, _ input: TransactionOffer.Input) {
        for effect in nodes[index].tellOffer(input) {
            switch effect {
            case .send(let peer, let bytes): send(index, peer, bytes)
            case .stop(let peer, let reason): stop(index, peer, reason)
            }
        }
    }

    private mutating func tellPull(_ index: Int, _ input: TransactionPull.Input) {
        for effect in nodes[index].tellPull(input, now: now) {
            switch effect {
            case .send(let peer, let bytes): send(index, peer, bytes)
            case .stop(let peer, let reason): stop(index, peer, reason)
            case .duplicate: nodes[index].duplicateCount += 1
            case .transaction(let peer, let transaction):
                nodes[index].receivedCount += 1
                let ledger = Ledger(genesis: [])
                let admission = nodes[index].mempool.add(transaction, ledger: ledger)
                if case .added = admission {} else { problems.append("fetched: \(admission)") }
                tellPull(index, .admitted(peer, transaction.id, admission))
                tellOffer(index, .mempoolChanged)
            }
        }
    }

    private mutating func send(_ index: Int, _ peer: PeerID, _ bytes: [UInt8]) {
        let line = Line(from: index, to: Int(peer.rawValue))
        guard !cut.contains(line), !muted.contains(line) else { return }
        var bytes = bytes
        if case .transactions(var encodings)? = try? TransactionMessage(bytes) {
            switch nodes[index].manner {
            case .honest: break
            case .withholding: bytes = TransactionMessage.transactions([]).bytes
            case .silent:
                muted.insert(line)
                return
            case .forging:
                guard let last = encodings.popLast() else { break }
                encodings.append(last.dropLast() + [last[last.count - 1] ^ 1])
                bytes = TransactionMessage.transactions(encodings).bytes
            }
        }
        post(.message(line, bytes), on: line)
    }

    private mutating func stop(_ index: Int, _ peer: PeerID, _ reason: CloseReason) {
        let other = Int(peer.rawValue)
        stops.append((index, other, reason))
        for line in [Line(from: index, to: other), Line(from: other, to: index)] {
            cut.insert(line)
            uses[line] = nil
            tellOffer(line.from, .removed(self.peer(line.to)))
            tellPull(line.from, .removed(self.peer(line.to)))
            nodes[line.from].credit.close(self.peer(line.to), GossipChannel.transactions)
        }
    }

    // MARK: - Time

    /// Things on `line` arrive in the order in which they left.
    private mutating func post(_ event: Event, on line: Line?) {
        let span = Int(latency.upperBound - latency.lowerBound) + 1
        let delay = latency.lowerBound + Int64(random.below(span))
        var at = now.advanced(by: .milliseconds(delay))
        if let line {
            at = max(at, lastArrivals[line] ?? at)
            lastArrivals[line] = at
        }
        let place = events.lastIndex { $0.at <= at }.map { $0 + 1 } ?? 0
        events.insert((at, event), at: place)
    }

    /// Lets the next thing happen, at `limit` at the latest; false if there is none.
    mutating func step(until limit: Instant) -> Bool {
        let timers = nodes.indices.compactMap { index in
            nodes[index].pull.nextDeadline.map { (at: $0, index: index) }
        }
        let timer = timers.min { ($0.at, $0.index) < ($1.at, $1.index) }
        if let timer, timer.at <= events.first?.at ?? timer.at {
            guard timer.at <= limit else { return false }
            now = max(now, timer.at)
            tellPull(timer.index, .deadline)
            return true
        }
        guard let next = events.first, next.at <= limit else { return false }
        events.removeFirst()
        now = max(now, next.at)
        arrive(next.event)
        acknowledge()
        return true
    }

    mutating func run(for duration: Duration) {
        let limit = now.advanced(by: duration)
        var count = 0
        while step(until: limit) {
            count += 1
            if count == 200_000 { return problems.append("it never rests") }
        }
        now = limit
    }

    private mutating func arrive(_ event: Event) {
        switch event {
        case .message(let line, let bytes):
            guard !cut.contains(line) else { return }
            let isSendable = nodes[line.from].credit.restore(
                peer(line.to),
                GossipChannel.transactions,
                messages: 1,
                bytes: bytes.count
            )
            if isSendable {
                tellPull(line.from, .sendable(peer(line.to)))
                tellOffer(line.from, .sendable(peer(line.to)))
            }
            guard let message = try? TransactionMessage(bytes) else {
                return problems.append("cannot be read: \(bytes)")
            }
            if message.isRequest {
                tellOffer(line.to, .received(message, from: peer(line.from)))
            } else {
                tellPull(line.to, .received(message, from: peer(line.from)))
            }
        case .use(let line, let epoch, let isHot):
            guard !cut.contains(line) else { return }
            tellPull(line.to, isHot ? .raised(peer(line.from)) : .lowered(peer(line.from)))
            owed[line] = epoch
            if isHot {
                owed[line] = nil
                post(.acknowledgement(line, epoch: epoch), on: nil)
            }
        case .acknowledgement(let line, let epoch):
            guard var use = uses[line], use.epoch == epoch else { return }
            use.isAcknowledged = true
            uses[line] = use
            if use.isHot { tellOffer(line.from, .ready(peer(line.to))) }
        }
    }

    /// Lowered uses are acknowledged once nothing is owed.
    private mutating func acknowledge() {
        for line in owed.keys.sorted()
        where nodes[line.to].pull.owedReplyCount(by: peer(line.from)) == 0 {
            guard let epoch = owed.removeValue(forKey: line) else { continue }
            post(.acknowledgement(line, epoch: epoch), on: nil)
        }
    }
}
