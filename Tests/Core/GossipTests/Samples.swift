import WarrenChain
import WarrenGossip
import WarrenPrimitives

extension Point {
    static func sample(_ random: inout Random) -> Point {
        if random.chance(1, in: 8) { return .origin }
        return .block(
            height: max(1, random.next() >> UInt64(random.below(64))),
            slot: random.next() >> UInt64(random.below(64)),
            Hash(of: [UInt8(random.below(256))])
        )
    }
}

extension ChainMessage {
    static func sample(_ random: inout Random, _ chain: TestChain) -> ChainMessage {
        switch random.below(7) {
        case 0: .findIntersect((0..<random.below(5)).map { _ in .sample(&random) })
        case 1: .intersectFound(.sample(&random), tip: .sample(&random))
        case 2: .intersectNotFound(tip: .sample(&random))
        case 3: .requestNext(count: 1 + random.below(ChainMessage.grantLimit))
        case 4: .awaitReply
        case 5:
            .rollForward(
                Array(chain.headers.prefix(1 + random.below(4))),
                tip: .sample(&random)
            )
        default: .rollBackward(.sample(&random), tip: .sample(&random))
        }
    }
}

extension BlockMessage {
    static func sample(_ random: inout Random) -> BlockMessage {
        switch random.below(5) {
        case 0:
            let height = 1 + UInt64(random.below(1000))
            return .requestRange(
                from: .block(height: height, slot: 3, Hash(of: [1])),
                to: .block(
                    height: height + UInt64(random.below(BlockMessage.rangeLimit)),
                    slot: random.next(),
                    Hash(of: [2])
                )
            )
        case 1: return .startBatch
        case 2: return .noBlocks
        case 3:
            let count = random.below(3) * random.below(200)
            return .block(BodyMessage(body: (0..<count).map { _ in UInt8(random.below(256)) }))
        default: return .batchDone
        }
    }
}
