import Foundation
import SwiftProtobuf
import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Lifecycle messages against SwiftProtobuf, with code generated from `lifecycle.proto`.
///
/// To generate it anew: `protoc --swift_out=Tests/Core/PeeringTests/Generated
/// -I Sources/Core/Peering/Lifecycle lifecycle.proto`.
struct LifecycleOracleTests {
    private static func message(_ random: inout Random) -> LifecycleMessage {
        let cookie = UInt32(truncatingIfNeeded: random.word())
        switch random.below(5) {
        case 0:
            let size = random.below(2) * random.below(Lifecycle.Hello.tipByteLimit + 1)
            return .hello(
                .init(
                    diffusionMode: random.chance(1, in: 2)
                        ? .initiatorOnly : .initiatorAndResponder,
                    sharesPeers: random.chance(1, in: 2),
                    tip: (0..<size).map { _ in UInt8(random.below(256)) }
                )
            )
        case 1: return .keepAlive(cookie: cookie)
        case 2: return .keepAliveReply(cookie: cookie)
        case 3:
            let levels = Lifecycle.Level.allCases
            return .use(epoch: random.word(), levels[random.below(levels.count)])
        default: return .useAck(epoch: random.word())
        }
    }

    @Test(arguments: Seed.sweep())
    func `both write the same bytes, and each reads what the other wrote`(seed: Seed) throws {
        var random = seed.random
        for _ in 0..<50 {
            let message = Self.message(&random)
            let bytes: [UInt8] = try message.oracle.serializedBytes()
            #expect(bytes == message.bytes)
            #expect(try LifecycleMessage(bytes.span) == message)
            let read = try Warren_Lifecycle_V1_Message(serializedBytes: message.bytes)
            #expect(read == message.oracle)
            #expect(LifecycleMessage(read) == message)
        }
    }

    @Test(arguments: Seed.sweep())
    func `fields of a later version are passed over, inside and outside`(seed: Seed) throws {
        var random = seed.random
        for _ in 0..<50 {
            let message = Self.message(&random)
            var later = message.oracle
            switch later.sum {
            case .hello(let hello): later.hello = try hello.withUnknownFields(&random)
            case .keepAlive(let it): later.keepAlive = try it.withUnknownFields(&random)
            case .keepAliveReply(let it): later.keepAliveReply = try it.withUnknownFields(&random)
            case .use(let use): later.use = try use.withUnknownFields(&random)
            case .useAck(let ack): later.useAck = try ack.withUnknownFields(&random)
            case nil: Issue.record("\(message) has no member")
            }
            let bytes: [UInt8] = try later.withUnknownFields(&random).serializedBytes()
            #expect(try LifecycleMessage((laterFields(&random) + bytes).span) == message)
        }
    }

    @Test func `mutated ones are read alike, or refused`() {
        var random = Random(seed: 71)
        let valid = (0..<40).map { _ in Self.message(&random).bytes }
        let counts = compare(valid, seed: 72) { (bytes: [UInt8]) throws(ProtobufError) in
            try LifecycleMessage(bytes.span)
        } oracle: { bytes in
            LifecycleMessage(try Warren_Lifecycle_V1_Message(serializedBytes: bytes))
        }
        #expect(counts.accepted > 100 && counts.refused > 100)
    }
}

extension LifecycleMessage {
    fileprivate var oracle: Warren_Lifecycle_V1_Message {
        var message = Warren_Lifecycle_V1_Message()
        switch self {
        case .hello(let hello):
            switch hello.diffusionMode {
            case .initiatorOnly: message.hello.diffusionMode = .initiatorOnly
            case .initiatorAndResponder: message.hello.diffusionMode = .initiatorAndResponder
            }
            message.hello.peerSharing = hello.sharesPeers
            message.hello.tip = Data(hello.tip)
        case .keepAlive(let cookie):
            message.keepAlive = .init()
            message.keepAlive.cookie = cookie
        case .keepAliveReply(let cookie):
            message.keepAliveReply = .init()
            message.keepAliveReply.cookie = cookie
        case .use(let epoch, let level):
            message.use = .init()
            message.use.epoch = epoch
            switch level {
            case .none: message.use.level = .none
            case .warm: message.use.level = .warm
            case .hot: message.use.level = .hot
            }
        case .useAck(let epoch):
            message.useAck = .init()
            message.useAck.epoch = epoch
        }
        return message
    }

    /// Nil for what the schema's comments forbid.
    fileprivate init?(_ oracle: Warren_Lifecycle_V1_Message) {
        switch oracle.sum {
        case .hello(let hello):
            let mode: DiffusionMode
            switch hello.diffusionMode {
            case .initiatorOnly: mode = .initiatorOnly
            case .initiatorAndResponder: mode = .initiatorAndResponder
            case .unspecified, .UNRECOGNIZED: return nil
            }
            guard hello.tip.count <= Lifecycle.Hello.tipByteLimit else { return nil }
            self = .hello(
                .init(
                    diffusionMode: mode,
                    sharesPeers: hello.peerSharing,
                    tip: Array(hello.tip)
                )
            )
        case .keepAlive(let it): self = .keepAlive(cookie: it.cookie)
        case .keepAliveReply(let it): self = .keepAliveReply(cookie: it.cookie)
        case .use(let use):
            switch use.level {
            case .none: self = .use(epoch: use.epoch, .none)
            case .warm: self = .use(epoch: use.epoch, .warm)
            case .hot: self = .use(epoch: use.epoch, .hot)
            case .UNRECOGNIZED: return nil
            }
        case .useAck(let ack): self = .useAck(epoch: ack.epoch)
        case nil: return nil
        }
    }
}
