import Foundation
import SwiftProtobuf
import Testing
import WarrenChain
import WarrenGossip
import WarrenPrimitives
import WarrenSupport

/// Our codecs against SwiftProtobuf, with code generated from the schemas.
///
/// To generate it anew: `protoc --swift_out=Tests/Core/GossipTests/Generated
/// -I Sources/Core/Gossip/Following chainsync.proto`, and so for `Fetching` and `blockfetch.proto`.
struct OracleTests {
    static let chain: TestChain = {
        var chain = TestChain(depth: 10)
        chain.grow(4)
        return chain
    }()

    @Test(arguments: Seed.sweep())
    func `chain messages are the same bytes, and mean the same, to both`(seed: Seed) throws {
        var random = seed.random
        for _ in 0..<50 {
            let message = ChainMessage.sample(&random, Self.chain)
            let theirs: [UInt8] = try message.oracle.serializedBytes()
            #expect(theirs == message.bytes)
            #expect(try ChainMessage(theirs.span) == message)
            #expect(
                try Warren_Chainsync_V1_Message(serializedBytes: message.bytes) == message.oracle
            )
        }
    }

    @Test(arguments: Seed.sweep())
    func `block messages are the same bytes, and mean the same, to both`(seed: Seed) throws {
        var random = seed.random
        for _ in 0..<50 {
            let message = BlockMessage.sample(&random)
            let theirs: [UInt8] = try message.oracle.serializedBytes()
            #expect(theirs == message.bytes)
            #expect(try BlockMessage(theirs) == message)
            #expect(
                try Warren_Blockfetch_V1_Message(serializedBytes: message.bytes) == message.oracle
            )
        }
    }

    @Test func `what we read of mutated bytes, they read too`() {
        var random = Random(seed: 71)
        let chains = (0..<60).map { _ in ChainMessage.sample(&random, Self.chain).bytes }
        var count = 0
        mutations(of: chains, seed: 1) { bytes in
            guard !hasGroup(bytes), (try? ChainMessage(bytes.span)) != nil else { return }
            count += 1
            #expect(throws: Never.self) { try Warren_Chainsync_V1_Message(serializedBytes: bytes) }
        }
        #expect(count > 30)
        let blocks = (0..<60).map { _ in BlockMessage.sample(&random).bytes }
        count = 0
        mutations(of: blocks, seed: 2) { bytes in
            guard !hasGroup(bytes), (try? BlockMessage(bytes)) != nil else { return }
            count += 1
            #expect(throws: Never.self) { try Warren_Blockfetch_V1_Message(serializedBytes: bytes) }
        }
        #expect(count > 30)
    }

    /// Whether some byte could begin or end a group, with whose numbers we are less strict.
    private func hasGroup(_ bytes: [UInt8]) -> Bool { bytes.contains { (3...4).contains($0 & 7) } }
}

extension ChainMessage {
    fileprivate var oracle: Warren_Chainsync_V1_Message {
        var message = Warren_Chainsync_V1_Message()
        switch self {
        case .findIntersect(let points): message.findIntersect.points = points.map(\.chainsync)
        case .intersectFound(let point, let tip):
            message.intersectFound.point = point.chainsync
            message.intersectFound.tip = tip.chainsync
        case .intersectNotFound(let tip): message.intersectNotFound.tip = tip.chainsync
        case .requestNext(let count): message.requestNext.count = UInt32(count)
        case .awaitReply: message.awaitReply = .init()
        case .rollForward(let headers, let tip):
            message.rollForward.headers = headers.map { Data($0.encoding) }
            message.rollForward.tip = tip.chainsync
        case .rollBackward(let point, let tip):
            message.rollBackward.point = point.chainsync
            message.rollBackward.tip = tip.chainsync
        }
        return message
    }
}

extension BlockMessage {
    fileprivate var oracle: Warren_Blockfetch_V1_Message {
        var message = Warren_Blockfetch_V1_Message()
        switch self {
        case .requestRange(let from, let to):
            message.requestRange.from = from.blockfetch
            message.requestRange.to = to.blockfetch
        case .startBatch: message.startBatch = .init()
        case .noBlocks: message.noBlocks = .init()
        case .block(let body):
            message.block = .init()
            message.block.body = Data(body.body)
        case .batchDone: message.batchDone = .init()
        }
        return message
    }
}

extension Point {
    fileprivate var chainsync: Warren_Chainsync_V1_Point {
        var point = Warren_Chainsync_V1_Point()
        point.height = height
        point.slot = slot ?? 0
        point.id = Data(id?.bytes ?? [])
        return point
    }

    fileprivate var blockfetch: Warren_Blockfetch_V1_Point {
        var point = Warren_Blockfetch_V1_Point()
        point.height = height
        point.slot = slot ?? 0
        point.id = Data(id?.bytes ?? [])
        return point
    }
}
