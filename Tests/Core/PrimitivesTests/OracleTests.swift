import Foundation
import SwiftProtobuf
import Testing
import WarrenPrimitives
import WarrenSupport

/// Our reader and writer against SwiftProtobuf, with code generated from `wire.proto`.
///
/// To generate it anew: `protoc --swift_out=Tests/Core/PrimitivesTests/Generated
/// -I Sources/Core/Primitives wire.proto`.
struct OracleTests {
    private func word(_ random: inout Random) -> UInt64 {
        // All lengths of varint, and nothing at all, come up.
        random.next() >> UInt64(random.below(64)) & (random.chance(1, in: 5) ? 0 : .max)
    }

    private func bytes(_ random: inout Random) -> [UInt8] {
        (0..<random.below(3) * random.below(100)).map { _ in UInt8(random.below(256)) }
    }

    private func text(_ random: inout Random) -> String {
        let letters = Array("aZ9 :/@é世🙂")
        return String((0..<random.below(30)).map { _ in letters[random.below(letters.count)] })
    }

    private func packet(_ random: inout Random) -> PlainPacket {
        switch random.below(4) {
        case 0: .ping
        case 1: .pong
        default:
            .message(
                channel: Int32(truncatingIfNeeded: word(&random)),
                isLast: random.chance(1, in: 2),
                bytes: bytes(&random)
            )
        }
    }

    private func info(_ random: inout Random) throws -> NodeInfo {
        var info = try NodeInfo([UInt8]().span)
        info.protocolVersion.p2p = word(&random)
        info.protocolVersion.block = word(&random)
        info.protocolVersion.app = word(&random)
        info.id = text(&random)
        info.listenAddress = text(&random)
        info.network = text(&random)
        info.version = text(&random)
        info.channels = bytes(&random).map(ChannelID.init(rawValue:))
        info.moniker = text(&random)
        info.transactionIndex = text(&random)
        info.rpcAddress = text(&random)
        return info
    }

    private func exchange(_ random: inout Random) -> PlainExchange {
        if random.chance(1, in: 4) { return .request }
        return .addresses(
            (0..<random.below(4)).map { _ in
                let v6 = IPAddress(high: word(&random), low: word(&random))
                let v4 = IPAddress(v4: UInt32(truncatingIfNeeded: random.next()))
                let ip = random.chance(1, in: 2) ? v4 : v6
                let port = UInt16(truncatingIfNeeded: word(&random))
                return AnnouncedAddress(
                    id: text(&random),
                    socket: SocketAddress(ip: ip, port: port)
                )
            }
        )
    }

    @Test(arguments: Seed.sweep())
    func `both write the same bytes, and each reads what the other wrote`(seed: Seed) throws {
        var random = seed.random
        for _ in 0..<50 {
            let packet = packet(&random)
            let packetBytes = try packet.oracle.serializedBytes() as [UInt8]
            #expect(packetBytes == packet.encoded)
            #expect(try PlainPacket(packetBytes.span) == packet)
            #expect(try PlainPacket(Warren_Wire_Packet(serializedBytes: packetBytes)) == packet)

            let info = try info(&random)
            let infoBytes = try info.oracle.serializedBytes() as [UInt8]
            #expect(infoBytes == info.encoded)
            #expect(try NodeInfo(infoBytes.span) == info)
            #expect(try Warren_Wire_NodeInfo(serializedBytes: info.encoded) == info.oracle)

            let exchange = exchange(&random)
            let exchangeBytes = try exchange.oracle.serializedBytes() as [UInt8]
            #expect(exchangeBytes == exchange.encoded)
            #expect(try PlainExchange(exchangeBytes.span) == exchange)

            var proof = Warren_Wire_AuthSigMessage()
            let (key, signature) = (bytes(&random), bytes(&random))
            // A oneof of no bytes is written, plain bytes are not: so there is always a key.
            proof.pubKey.ed25519 = Data(key + [1])
            proof.sig = Data(signature)
            var writer = ProtobufWriter()
            writer.message(1) { $0.bytes(1, key + [1]) }
            writer.bytes(2, signature)
            #expect(try proof.serializedBytes() as [UInt8] == writer.bytes)
        }
    }

    @Test
    func `mutated packets are read alike, or refused alike`() throws {
        var random = Random(seed: 11)
        let valid = (0..<40).map { _ in packet(&random).encoded }
        try compare(valid) { (bytes: [UInt8]) throws(ProtobufError) in
            try PlainPacket(bytes.span)
        } oracle: { bytes in
            PlainPacket(try Warren_Wire_Packet(serializedBytes: bytes))
        }
    }

    @Test
    func `mutated NodeInfos are read alike, or refused alike`() throws {
        var random = Random(seed: 12)
        let valid = try (0..<40).map { _ in try info(&random).encoded }
        try compare(valid) { (bytes: [UInt8]) throws(ProtobufError) in
            try NodeInfo(bytes.span)
        } oracle: { bytes in
            try NodeInfo(Warren_Wire_NodeInfo(serializedBytes: bytes))
        }
    }

    @Test
    func `mutated peer exchange messages are read alike, or refused alike`() throws {
        var random = Random(seed: 13)
        let valid = (0..<40).map { _ in exchange(&random).encoded }
        try compare(valid) { (bytes: [UInt8]) throws(ProtobufError) in
            try PlainExchange(bytes.span)
        } oracle: { bytes in
            try PlainExchange(Warren_Wire_PexMessage(serializedBytes: bytes))
        }
    }

    /// Holds both readers against each other on mutated copies of `valid`.
    ///
    /// They differ on purpose in four things. As CometBFT's own decoder, we refuse a field that we
    /// know in another wire type, which SwiftProtobuf takes for an unknown field, and let a group
    /// end in another field's number. Stricter than both, we let groups nest 16 deep only, and
    /// refuse varints of ten bytes that hold more than 64 bits.
    private func compare<Message: Equatable>(
        _ valid: [[UInt8]],
        ours: ([UInt8]) throws(ProtobufError) -> Message,
        oracle: ([UInt8]) throws -> Message
    ) throws {
        var (accepted, refused) = (0, 0)
        fuzz(valid) { bytes in
            let theirs = try? oracle(bytes)
            do throws(ProtobufError) {
                let message = try ours(bytes)
                // A group that ends in another number, the one thing that only we accept.
                guard let theirs else {
                    #expect(hasGroup(bytes), "only we accept \(Hex.text(bytes))")
                    return
                }
                #expect(message == theirs, "\(Hex.text(bytes))")
                accepted += 1
            } catch {
                switch error {
                case .wrongWireType, .badGroup, .varintTooLong: break
                case .truncated, .badFieldNumber, .badText, .outOfRange, .missing:
                    #expect(theirs == nil, "only we refuse \(Hex.text(bytes)): \(error)")
                }
                refused += 1
            }
        }
        #expect(accepted > 100 && refused > 100)
    }

    /// Whether some byte could start a group: good enough to tell the one difference apart.
    private func hasGroup(_ bytes: [UInt8]) -> Bool { bytes.contains { $0 & 7 == 3 } }
}

extension PlainPacket {
    fileprivate var oracle: Warren_Wire_Packet {
        var packet = Warren_Wire_Packet()
        switch self {
        case .ping: packet.packetPing = .init()
        case .pong: packet.packetPong = .init()
        case .message(let channel, let isLast, let bytes):
            packet.packetMsg.channelID = channel
            packet.packetMsg.eof = isLast
            packet.packetMsg.data = Data(bytes)
        case .none: break
        }
        return packet
    }

    fileprivate init(_ oracle: Warren_Wire_Packet) {
        switch oracle.sum {
        case .packetPing: self = .ping
        case .packetPong: self = .pong
        case .packetMsg(let message):
            self = .message(
                channel: message.channelID,
                isLast: message.eof,
                bytes: Array(message.data)
            )
        case nil: self = .none
        }
    }
}

extension NodeInfo {
    fileprivate var oracle: Warren_Wire_NodeInfo {
        var info = Warren_Wire_NodeInfo()
        info.protocolVersion.p2P = protocolVersion.p2p
        info.protocolVersion.block = protocolVersion.block
        info.protocolVersion.app = protocolVersion.app
        info.defaultNodeID = id
        info.listenAddr = listenAddress
        info.network = network
        info.version = version
        info.channels = Data(channels.map(\.rawValue))
        info.moniker = moniker
        info.other.txIndex = transactionIndex
        info.other.rpcAddress = rpcAddress
        return info
    }

    fileprivate init(_ oracle: Warren_Wire_NodeInfo) throws {
        try self.init([UInt8]().span)
        protocolVersion.p2p = oracle.protocolVersion.p2P
        protocolVersion.block = oracle.protocolVersion.block
        protocolVersion.app = oracle.protocolVersion.app
        id = oracle.defaultNodeID
        listenAddress = oracle.listenAddr
        network = oracle.network
        version = oracle.version
        channels = oracle.channels.map(ChannelID.init(rawValue:))
        moniker = oracle.moniker
        transactionIndex = oracle.other.txIndex
        rpcAddress = oracle.other.rpcAddress
    }
}

extension PlainExchange {
    fileprivate var oracle: Warren_Wire_PexMessage {
        var message = Warren_Wire_PexMessage()
        switch self {
        case .request: message.pexRequest = .init()
        case .addresses(let addresses):
            message.pexAddrs.addrs = addresses.map { address in
                var announced = Warren_Wire_NetAddress()
                announced.id = address.id
                announced.ip = address.socket.ip.description
                announced.port = UInt32(address.socket.port)
                return announced
            }
        case .none: break
        }
        return message
    }

    fileprivate init(_ oracle: Warren_Wire_PexMessage) throws {
        switch oracle.sum {
        case .pexRequest: self = .request
        case .pexAddrs(let addresses):
            self = .addresses(
                try addresses.addrs.map { address in
                    guard let ip = IPAddress(address.ip), let port = UInt16(exactly: address.port)
                    else { throw ProtobufError.outOfRange(field: 0) }
                    return AnnouncedAddress(
                        id: address.id,
                        socket: SocketAddress(ip: ip, port: port)
                    )
                }
            )
        case nil: self = .none
        }
    }
}
