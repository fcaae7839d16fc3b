import SwiftProtobuf
import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Peer exchange against SwiftProtobuf, with code generated from `pex.proto`.
///
/// To generate it anew: `protoc --swift_out=Tests/Core/PeeringTests/Generated
/// -I Sources/Core/Peering/Exchange pex.proto`.
struct ExchangeOracleTests {
    private static func address(_ random: inout Random) -> AnnouncedAddress {
        let letters = Array("aF9 :/é世🙂")
        let strange = String(
            (0..<random.below(40)).map { _ in letters[random.below(letters.count)] }
        )
        let plain = nodeID(UInt32(truncatingIfNeeded: random.next())).description
        let v4 = IPAddress(v4: UInt32(truncatingIfNeeded: random.next()))
        let v6 = IPAddress(high: random.word(), low: random.word())
        return AnnouncedAddress(
            id: random.chance(1, in: 4) ? strange : plain,
            socket: SocketAddress(
                ip: random.chance(1, in: 2) ? v4 : v6,
                port: UInt16(truncatingIfNeeded: random.word())
            )
        )
    }

    private static func message(_ random: inout Random) -> ExchangeMessage {
        random.chance(1, in: 6)
            ? .request : .addresses((0..<random.below(6)).map { _ in address(&random) })
    }

    @Test(arguments: Seed.sweep())
    func `both write the same bytes, and each reads what the other wrote`(seed: Seed) throws {
        var random = seed.random
        for _ in 0..<50 {
            let message = Self.message(&random)
            let bytes: [UInt8] = try message.oracle.serializedBytes()
            #expect(bytes == message.bytes)
            #expect(try ExchangeMessage(bytes) == message)
            let read = try Tendermint_P2p_Message(serializedBytes: message.bytes)
            #expect(read == message.oracle)
            #expect(ExchangeMessage(read) == message)
        }
    }

    @Test(arguments: Seed.sweep())
    func `fields of a later version are passed over, inside and outside`(seed: Seed) throws {
        var random = seed.random
        for _ in 0..<50 {
            let message = Self.message(&random)
            var later = message.oracle
            switch later.sum {
            case .pexRequest(let request):
                later.pexRequest = try request.withUnknownFields(&random)
            case .pexAddrs(let list):
                var addresses: [Tendermint_P2p_NetAddress] = []
                for address in list.addrs {
                    addresses.append(try address.withUnknownFields(&random))
                }
                later.pexAddrs.addrs = addresses
                later.pexAddrs = try later.pexAddrs.withUnknownFields(&random)
            case nil: Issue.record("\(message) has no member")
            }
            let bytes: [UInt8] = try later.withUnknownFields(&random).serializedBytes()
            #expect(try ExchangeMessage(laterFields(&random) + bytes) == message)
        }
    }

    @Test func `mutated ones are read alike, or refused`() {
        var random = Random(seed: 73)
        let valid = (0..<40).map { _ in Self.message(&random).bytes }
        let counts = compare(valid, seed: 74) {
            (bytes: [UInt8]) throws(ProtobufError) -> ExchangeMessage? in
            do throws(ExchangeMessage.Flaw) {
                return try ExchangeMessage(bytes)
            } catch {
                switch error {
                case .protobuf(let flaw): throw flaw
                case .tooLong, .unknown: return nil
                }
            }
        } oracle: { bytes in
            ExchangeMessage(try Tendermint_P2p_Message(serializedBytes: bytes))
        }
        #expect(counts.accepted > 100 && counts.refused > 100)
    }
}

extension ExchangeMessage {
    fileprivate var oracle: Tendermint_P2p_Message {
        var message = Tendermint_P2p_Message()
        switch self {
        case .request: message.pexRequest = .init()
        case .addresses(let addresses):
            message.pexAddrs = .init()
            message.pexAddrs.addrs = addresses.map { address in
                var announced = Tendermint_P2p_NetAddress()
                announced.id = address.id
                announced.ip = address.socket.ip.description
                announced.port = UInt32(address.socket.port)
                return announced
            }
        }
        return message
    }

    /// Nil for what the schema's comments forbid.
    fileprivate init?(_ oracle: Tendermint_P2p_Message) {
        switch oracle.sum {
        case .pexRequest: self = .request
        case .pexAddrs(let list):
            var addresses: [AnnouncedAddress] = []
            for address in list.addrs {
                guard let ip = IPAddress(address.ip), let port = UInt16(exactly: address.port)
                else { return nil }
                let socket = SocketAddress(ip: ip, port: port)
                addresses.append(AnnouncedAddress(id: address.id, socket: socket))
            }
            self = .addresses(Array(addresses.prefix(Self.addressLimit)))
        case nil: return nil
        }
    }
}
