import WarrenChain
import WarrenNode
import WarrenPrimitives

/// A chain of blocks of one size, by one producer who leads every slot, and what a store has of it.
struct ChainSample {
    let genesis: Genesis
    let rules: ChainRules
    private(set) var blocks: [Block] = []

    /// Bytes of a payload; with its framing a transaction has some more.
    static let payloadSize = 1_000

    /// `count` blocks with so many transactions in each body; the last one's slot is over by `now`.
    init?(_ count: Int, transactions: Int, now: Instant) {
        let key = NodeKey(seed: [UInt8](repeating: 42, count: NodeKey.seedByteCount))
        var genesis = Genesis(producers: [
            Genesis.Producer(name: "one", key: Hash(key.publicKey) ?? .zero, stake: 1)
        ])
        genesis.network = "bench"
        genesis.startTime = now.advanced(by: .seconds(-count - 2))
        genesis.activeSlotMillionths = LeaderSchedule.parts
        guard let rules = genesis.chainRules else { return nil }
        self.genesis = genesis
        self.rules = rules
        var number: UInt64 = 0
        for place in 0..<count {
            let body = Body(
                (0..<transactions).map { _ in
                    number += 1
                    return Self.transaction(number)
                }
            )
            let header = Header(
                Header.Content(
                    height: UInt64(place + 1),
                    slot: UInt64(place + 1),
                    previous: blocks.last?.header.id ?? rules.genesisID,
                    body: body.id,
                    bodySize: body.encoding.count,
                    time: now
                ),
                by: key
            )
            let made = MadeBlock(header: header, body: body)
            let encoding = body.encoding
            blocks.append(Block(made, message: encoding, encoding: 0..<encoding.count))
        }
    }

    static func transaction(_ number: UInt64, size: Int = payloadSize) -> Transaction {
        Transaction(.payload(number.bigEndianBytes + [UInt8](repeating: 7, count: size - 8)))
    }

    /// Bytes of all headers and bodies.
    var byteCount: Int {
        blocks.reduce(0) { $0 + $1.header.encoding.count + $1.body.encoding.count }
    }

    /// What a node writes that takes block after block.
    func batches(now: Instant) throws -> [[StoreChange]] {
        var chain = Blockchain(rules, genesis: [])
        return try blocks.map { block in
            var update = ChainUpdate()
            _ = try chain.take(block.header, now: now, into: &update)
            _ = chain.take(block, into: &update)
            return update.changes
        }
    }
}
