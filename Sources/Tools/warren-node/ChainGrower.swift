import Dispatch
import Glibc
import Synchronization
import WarrenChain
import WarrenNIO
import WarrenPeering
import WarrenPrimitives

/// Makes blocks and takes them as a node does, with every batch in a store: the chain grows, is
/// rolled back, leaves forks behind below its anchor, and has evidence and registrations.
struct ChainGrower {
    private let store: Store
    private let keys: [NodeKey]
    private var chain: Blockchain
    private var random: Random
    /// The number of the last batch that was handed over, in whichever life.
    private var number: UInt64
    private let room = DispatchSemaphore(value: depth)

    /// Batches under way at once.
    private static let depth = 8
    /// So few blocks that anchor and ledger follow at once.
    private static let securityParameter = 8
    /// How many blocks are left behind at most.
    private static let forkDepth = 5
    private static let payloadLimit = 1_000
    /// The row that says which batch was the last, in each of them.
    private static let markKey = Array("trial".utf8)
    /// Long after every slot.
    private static let now = Instant(nanoseconds: .max / 2)

    private static func key(_ number: Int) -> NodeKey {
        NodeKey(seed: [UInt8](repeating: UInt8(number), count: NodeKey.seedByteCount))
    }

    init(_ store: Store, seed: UInt64) throws {
        self.store = store
        keys = (1...2).map(Self.key)
        random = Random(seed: seed)
        var rules = ChainRules(
            genesisID: Hash(of: []),
            start: .epoch,
            activeSlotMillionths: LeaderSchedule.parts,
            leaderSeed: [UInt8](repeating: 7, count: 32),
            producers: keys.map {
                ChainRules.Producer(key: Hash($0.publicKey) ?? .zero, stake: 1)
            }
        )
        rules.securityParameter = Self.securityParameter
        let residents = try store.load()
        let mark = residents.first { $0.space == .meta && $0.key == Self.markKey }?.value ?? []
        let words = String(decoding: mark, as: UTF8.self).split(separator: " ")
        number = words.first.flatMap { UInt64($0) } ?? 0
        var restoration = Restoration(rules)
        while let range = restoration.wanted {
            try restoration.take(Self.rows(of: range, in: store))
        }
        var update = ChainUpdate()
        chain = try restoration.finish(genesis: [], residents: residents, into: &update)
        write(update.changes, leadingTo: chain)
    }

    private static func rows(of range: StoreRange, in store: Store) throws -> [StoreChange] {
        let answer = Mutex<Result<[StoreChange], WarrenNIO.StoreFlaw>>(.success([]))
        let done = DispatchSemaphore(value: 0)
        store.read(range) { rows in
            answer.withLock { $0 = rows }
            done.signal()
        }
        done.wait()
        return try answer.withLock { $0 }.get()
    }

    // MARK: - The store

    /// Hands a batch over; `chain` is what a node that is killed right after it starts with.
    private mutating func write(_ changes: [StoreChange], leadingTo chain: Blockchain) {
        guard !changes.isEmpty else { return }
        room.wait()
        number += 1
        let mark = [
            "\(number)", "\(chain.tip.height)", "\(chain.tip.id ?? .zero)",
            "\(chain.anchor.height)", "\(chain.evidence.count)",
            "\(chain.ledger.pools.map(\.stake))",
        ]
        .joined(separator: " ")
        Self.tell(mark)
        let row = StoreChange(.meta, key: Self.markKey, value: Array(mark.utf8))
        store.write(changes + [row]) { [number, room] flaw in
            if let flaw {
                printError("\(flaw)")
                Glibc.exit(lostCode)
            }
            Self.tell("safe \(number)")
            room.signal()
        }
    }

    /// Waits until the store has all batches.
    private func settle() {
        for _ in 0..<Self.depth { room.wait() }
        for _ in 0..<Self.depth { room.signal() }
    }

    /// A line of its own whatever other threads say, at once.
    private static func tell(_ line: String) {
        var text = line + "\n"
        text.withUTF8 { bytes in
            _ = unsafe Glibc.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
        }
    }

    // MARK: - The chain

    mutating func grow() throws {
        switch random.below(8) {
        case 0, 1: try fork()
        case 2: try repeatTurn()
        case 3: make()
        default: try take(blocks(1 + random.below(3), on: chain.tipHeader))
        }
    }

    /// Blocks beside the last ones; the chain moves to them if they are more.
    private mutating func fork() throws {
        guard chain.chosenCount > 1 else { return }
        let depth = 1 + random.below(min(chain.chosenCount - 1, Self.forkDepth))
        let base = chain.header(at: chain.tip.height - UInt64(depth))
        let count = 1 + random.below(depth + 2)
        try take(blocks(count, on: base), isShuffled: random.chance(1, in: 2))
    }

    /// A second block of the tip's producer for the tip's slot.
    private mutating func repeatTurn() throws {
        guard let tip = chain.tipHeader, chain.chosenCount > 1,
            let key = keys.first(where: { Hash($0.publicKey) == tip.producer })
        else { return }
        let base = chain.header(at: tip.height - 1)
        try take([block(on: base, slot: tip.slot, by: key)])
    }

    /// A block of our own, which is adopted only when the store has it.
    private mutating func make() {
        let (slot, key) = turn(after: chain.tipHeader?.slot ?? 0)
        var pool = Mempool(chain.rules)
        for transaction in transactions() { _ = pool.add(transaction, ledger: chain.ledger) }
        guard let made = chain.make(slot: slot, key: key, mempool: pool, now: Self.now) else {
            return
        }
        let count = made.body.encoding.count
        let block = Block(made, message: made.body.encoding, encoding: 0..<count)
        var recorded = ChainUpdate()
        chain.record(block, into: &recorded)
        var adopted = ChainUpdate()
        chain.adopt(block, into: &adopted)
        // Who starts with the record alone adopts it, too.
        write(recorded.changes, leadingTo: chain)
        settle()
        write(adopted.changes, leadingTo: chain)
    }

    private mutating func take(_ blocks: [Block], isShuffled: Bool = false) throws {
        for block in blocks {
            var update = ChainUpdate()
            _ = try chain.take(block.header, now: Self.now, into: &update)
            write(update.changes, leadingTo: chain)
        }
        var rest = blocks
        while !rest.isEmpty {
            var update = ChainUpdate()
            let next = rest.remove(at: isShuffled ? random.below(rest.count) : 0)
            _ = chain.take(next, into: &update)
            write(update.changes, leadingTo: chain)
        }
    }

    private mutating func blocks(_ count: Int, on base: Header?) -> [Block] {
        var blocks: [Block] = []
        for _ in 0..<count {
            let parent = blocks.last?.header ?? base
            let (slot, key) = turn(after: parent?.slot ?? 0)
            blocks.append(block(on: parent, slot: slot, by: key))
        }
        return blocks
    }

    /// A slot soon after, and who leads it.
    private mutating func turn(after slot: UInt64) -> (slot: UInt64, key: NodeKey) {
        var slot = slot + UInt64(random.below(3))
        while true {
            slot += 1
            for key in keys {
                guard let producer = Hash(key.publicKey) else { continue }
                if chain.leaders.leads(producer, slot: slot) { return (slot, key) }
            }
        }
    }

    private mutating func block(on parent: Header?, slot: UInt64, by key: NodeKey) -> Block {
        let body = Body(transactions())
        let header = Header(
            Header.Content(
                height: (parent?.height ?? 0) + 1,
                slot: slot,
                previous: parent?.id ?? chain.rules.genesisID,
                body: body.id,
                bodySize: body.encoding.count,
                time: Self.now
            ),
            by: key
        )
        return Block(
            MadeBlock(header: header, body: body),
            message: body.encoding,
            encoding: 0..<body.encoding.count
        )
    }

    /// No two blocks have the same: a payload, and now and then a registration of one of few pools.
    private mutating func transactions() -> [Transaction] {
        let filler = [UInt8](repeating: 0xA5, count: random.below(Self.payloadLimit))
        var made = [Transaction(.payload(random.next().bigEndianBytes + filler))]
        if random.chance(1, in: 3) {
            let registration = RelayRegistration(
                pledge: UInt64(random.below(100)),
                serial: number + 1 + UInt64(random.below(4)),
                relays: [.init(host: .name("relay.test"), port: 3001)],
                by: Self.key(50 + random.below(3))
            )
            made.append(Transaction(.registration(registration)))
        }
        return made
    }
}
