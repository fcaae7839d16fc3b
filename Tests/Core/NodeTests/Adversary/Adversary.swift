import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// A peer that breaks one rule of the chain, whatever carries its words: a reactor of a simulated
/// node, or a socket.
///
/// On 0x71 to 0x73 it answers what it hears as an honest peer would, up to the place where its rule
/// is broken. It is a producer, so that its headers can be sound where the rule is about bodies.
struct Adversary {
    struct Word: Hashable {
        var channel: ChannelID
        var bytes: [UInt8]
    }

    let rule: AdversaryRule
    let rules: ChainRules
    let key: NodeKey
    /// How many slots it leaves out before its first header: others with the same key may begin there.
    let slotsLeftOut: Int
    /// What it shows instead of headers of its own: everybody's chain; and the bodies, if it has them.
    private let chain: [Header]
    private let bodies: [[UInt8]]
    private let leaders: LeaderSchedule
    /// Where its chain leaves the victim's; nil before that is agreed.
    private var base: Point?
    private var isConfirmed = false
    /// Headers that it showed, and what it says are their bodies.
    private var shown: [(header: Header, body: [UInt8])] = []
    private var isOver = false
    /// How many replies it was asked for and did not give.
    private var grant = 0
    /// What it still has to say of bodies, if it is slow, and when the next of it comes.
    private var owed: [Word] = []
    private var nextWordAt = Instant.epoch
    private static let slowPeriod: Duration = .seconds(2)

    /// `key` is that of a producer of the network.
    init(
        _ rule: AdversaryRule,
        _ rules: ChainRules,
        key: NodeKey,
        slotsLeftOut: Int = 0,
        showing chain: [Header] = [],
        bodies: [[UInt8]] = []
    ) {
        self.rule = rule
        self.rules = rules
        self.key = key
        self.slotsLeftOut = slotsLeftOut
        self.chain = chain
        self.bodies = bodies
        leaders = LeaderSchedule(rules)
    }

    /// The victim acknowledged that it is used as a hot peer: transactions may be offered.
    func begin() -> [Word] { rule.isOwners ? [word(TransactionMessage.initiate)] : [] }

    mutating func hear(_ channel: ChannelID, _ bytes: [UInt8], now: Instant) -> [Word] {
        switch channel {
        case GossipChannel.chain: hear(try? ChainMessage(bytes.span), now: now)
        case GossipChannel.blocks: hear(try? BlockMessage(bytes))
        case GossipChannel.transactions: hear(try? TransactionMessage(bytes))
        default: []
        }
    }

    /// Time has passed: there may be a slot now for what it wants to show.
    mutating func tick(now: Instant) -> [Word] {
        if !owed.isEmpty {
            guard nextWordAt <= now else { return [] }
            nextWordAt = now.advanced(by: Self.slowPeriod)
            return [owed.removeFirst()]
        }
        guard let base, isConfirmed, !isOver else { return [] }
        return show(on: base, now: now)
    }

    // MARK: - Chain

    private mutating func hear(_ message: ChainMessage?, now: Instant) -> [Word] {
        switch message {
        case .findIntersect(let points):
            (isConfirmed, isOver, shown, grant) = (false, false, [], 0)
            base = points.first
            switch rule {
            case .silence: return []
            case .headerGarbage: return [Word(channel: GossipChannel.chain, bytes: [0xFF])]
            case .unasked: return [word(ChainMessage.awaitReply)]
            default: break
            }
            return points.first.map { [word(.intersectFound($0, tip: $0))] } ?? []
        case .requestNext(let count):
            grant += count
            guard let base, !isOver else { return [] }
            if isConfirmed { return show(on: base, now: now) }
            isConfirmed = true
            grant -= 1
            let headers = show(on: base, now: now)
            return [word(ChainMessage.rollBackward(base, tip: base))]
                + (headers.isEmpty ? [word(ChainMessage.awaitReply)] : headers)
        case .intersectFound, .intersectNotFound, .awaitReply, .rollForward, .rollBackward, nil:
            return []
        }
    }

    /// How many headers it shows before it has done what it wants; one whose rule is about bodies
    /// goes on until it is asked for one.
    private var wantedCount: Int {
        switch rule {
        case .deepFork: rules.securityParameter + 2
        case .wrongSlot: 2
        case .otherBody, .longBody, .repetitiveBody, .withheldBody, .silentBody, .slowBody,
            .bodyGarbage:
            .max
        default: 1
        }
    }

    /// How many headers it shows at once.
    private var burst: Int {
        if rule == .deepFork { return wantedCount }
        return chain.isEmpty ? 2 : ChainMessage.grantLimit
    }

    /// As many headers as there are slots for; what is wrong with them is wrong with the last.
    private mutating func show(on base: Point, now: Instant) -> [Word] {
        guard rule.isAboutBlocks else { return [] }
        if rule.isRestless { return wander(on: base, now: now) }
        var fresh: [Header] = []
        while shown.count < wantedCount, fresh.count < burst {
            let point = shown.last?.header.point ?? base
            guard let header = header(on: point, now: now) else { break }
            fresh.append(header)
        }
        isOver = shown.count == wantedCount
        guard let tip = fresh.last?.point else { return [] }
        var encodings = fresh.map(\.encoding)
        if rule == .wrongSignature { encodings[0][encodings[0].count - 1] ^= 1 }
        var words = [word(ChainMessage.rollForward(encodings: encodings, tip: tip))]
        if rule == .deepFork, isOver {
            words.append(word(ChainMessage.rollBackward(base, tip: base)))
        }
        return words + [word(ChainMessage.awaitReply)]
    }

    /// Shows one header after another on the same block, as long as it is asked for more.
    private mutating func wander(on base: Point, now: Instant) -> [Word] {
        var words: [Word] = []
        while grant >= 2 {
            let next = rule == .restlessFork ? shown.first?.header : nil
            guard let header = next ?? header(on: base, now: now) else { break }
            if shown.count > 1 || next != nil {
                words.append(word(ChainMessage.rollBackward(base, tip: base)))
            }
            let encodings = [header.encoding]
            words.append(word(ChainMessage.rollForward(encodings: encodings, tip: header.point)))
            grant -= 2
        }
        return words
    }

    private mutating func header(on point: Point, now: Instant) -> Header? {
        if !chain.isEmpty {
            let next = chain.first { $0.height == point.height + 1 }
            let place = Int(point.height)
            if let next { shown.append((next, place < bodies.count ? bodies[place] : [])) }
            return next
        }
        guard let slot = slot(after: point, now: now) else { return nil }
        let signer = rule == .stranger ? NodeKey(seed: [UInt8](repeating: 66, count: 32)) : key
        let body = rule.body(number: shown.count)
        let size = rule == .hugeBody ? rules.bodyByteLimit + 1 : body.count
        let header = Header(
            Header.Content(
                height: point.height + (rule == .wrongHeight ? 2 : 1),
                slot: slot,
                previous: rule == .wrongParent ? Hash(of: [1]) : point.id ?? rules.genesisID,
                body: Hash(of: body),
                bodySize: size,
                time: now
            ),
            by: signer
        )
        shown.append((header, body))
        return header
    }

    /// A slot for the next header: one that it leads, unless the rule is about that.
    private func slot(after point: Point, now: Instant) -> UInt64? {
        guard let key = Hash(key.publicKey), let current = rules.slot(at: now) else { return nil }
        let first = (point.slot.map { $0 + 1 } ?? 0) + UInt64(shown.isEmpty ? slotsLeftOut : 0)
        switch rule {
        case .futureSlot: return current + 60
        case .equivocation where !shown.isEmpty: return shown[0].header.slot
        case .wrongSlot where !shown.isEmpty: return point.slot
        case .wrongLeader:
            guard first <= current else { return nil }
            return (first...current).first { !leaders.leads(key, slot: $0) }
        default:
            guard first <= current + 1 else { return nil }
            return (first...current + 1).first { leaders.leads(key, slot: $0) }
        }
    }

    // MARK: - Bodies

    private mutating func hear(_ message: BlockMessage?) -> [Word] {
        guard case .requestRange(let from, let to)? = message else { return [] }
        switch rule {
        case .silentBody: return []
        case .withheldBody: return [word(BlockMessage.noBlocks)]
        case .bodyGarbage: return [Word(channel: GossipChannel.blocks, bytes: [0xFF])]
        default: break
        }
        let range = shown.filter {
            from == to
                ? $0.header.point == from
                : (from.height...to.height).contains($0.header.height)
        }
        let bodies = range.map { block -> Word in
            var body = block.body
            if rule == .otherBody { body[body.count - 1] ^= 1 }
            if rule == .longBody { body.append(0) }
            return word(BlockMessage.block(BodyMessage(body: body)))
        }
        let answer = [word(BlockMessage.startBatch)] + bodies + [word(BlockMessage.batchDone)]
        guard rule == .slowBody else { return answer }
        owed += answer
        return []
    }

    // MARK: - Transactions

    private func hear(_ message: TransactionMessage?) -> [Word] {
        let some = (0..<11).map { Transaction(.payload([9, UInt8($0)])) }
        let listings = some.map {
            TransactionMessage.Listing(id: $0.id, size: $0.encoding.count)
        }
        switch (message, rule) {
        // Somebody offers: it is the one who asks.
        case (.initiate?, .requestFlood):
            return [word(.requestIDs(blocking: true, acknowledged: 0, wanted: 11))]
        case (.initiate?, .transactionGarbage):
            return [Word(channel: GossipChannel.transactions, bytes: [0xFF])]
        case (.requestIDs?, .idFlood): return [word(.ids(listings))]
        case (.requestIDs(_, 0, _)?, .transactionFlood), (.requestIDs(_, 0, _)?, .silentOwner),
            (.requestIDs(_, 0, _)?, .otherTransaction):
            return [word(.ids([listings[0]]))]
        case (.requestTransactions?, .transactionFlood):
            return [word(.transactions([some[0].encoding, some[1].encoding]))]
        case (.requestTransactions?, .otherTransaction):
            return [word(.transactions([some[1].encoding]))]
        default: return []
        }
    }

    private func word(_ message: ChainMessage) -> Word {
        Word(channel: GossipChannel.chain, bytes: message.bytes)
    }
    private func word(_ bytes: [UInt8]) -> Word { Word(channel: GossipChannel.chain, bytes: bytes) }
    private func word(_ message: BlockMessage) -> Word {
        Word(channel: GossipChannel.blocks, bytes: message.bytes)
    }
    private func word(_ message: TransactionMessage) -> Word {
        Word(channel: GossipChannel.transactions, bytes: message.bytes)
    }
}
