import Foundation
import SwiftProtobuf
import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Routing messages against SwiftProtobuf, with code generated from `routing.proto`.
///
/// To generate it anew: `protoc --swift_out=Tests/Core/PeeringTests/Generated
/// -I Sources/Core/Peering/Routing routing.proto`.
struct RoutingOracleTests {
    private static func message(_ random: inout Random) -> RoutingMessage {
        if random.chance(1, in: 3) { return .findNode(id(&random)) }
        return .nodes(
            (0..<random.below(RoutingMessage.contactLimit + 1)).map { _ in
                let v4 = IPAddress(v4: UInt32(truncatingIfNeeded: random.next()))
                let v6 = IPAddress(high: random.word(), low: random.word())
                let ip = random.chance(1, in: 2) ? v4 : v6
                let port = UInt16(1 + random.below(65_535))
                return PeerAddress(id: id(&random), socket: SocketAddress(ip: ip, port: port))
            }
        )
    }

    private static func id(_ random: inout Random) -> NodeID {
        nodeID(UInt32(truncatingIfNeeded: random.next()))
    }

    @Test(arguments: Seed.sweep())
    func `both write the same bytes, and each reads what the other wrote`(seed: Seed) throws {
        var random = seed.random
        for _ in 0..<50 {
            let message = Self.message(&random)
            let bytes: [UInt8] = try message.oracle.serializedBytes()
            #expect(bytes == message.bytes)
            #expect(try RoutingMessage(bytes) == message)
            let read = try Warren_Routing_Routing(serializedBytes: message.bytes)
            #expect(read == message.oracle)
            #expect(RoutingMessage(read) == message)
        }
    }

    @Test(arguments: Seed.sweep())
    func `fields of a later version are passed over, inside and outside`(seed: Seed) throws {
        var random = seed.random
        var count = 0
        for _ in 0..<50 {
            let message = Self.message(&random)
            var later = message.oracle
            switch later.message {
            case .findNode(let question):
                later.findNode = try question.withUnknownFields(&random)
            case .nodes(let list):
                var contacts: [Warren_Routing_Contact] = []
                for contact in list.contacts {
                    contacts.append(
                        random.chance(1, in: 8) ? try contact.withUnknownFields(&random) : contact
                    )
                }
                later.nodes.contacts = contacts
                later.nodes = try later.nodes.withUnknownFields(&random)
            case nil: Issue.record("\(message) has no member")
            }
            let bytes: [UInt8] = try later.withUnknownFields(&random).serializedBytes()
            let whole = laterFields(&random) + bytes
            // The limit on the whole message counts unknown fields too.
            guard whole.count <= RoutingMessage.byteLimit else { continue }
            count += 1
            #expect(try RoutingMessage(whole) == message)
        }
        #expect(count > 25)
    }

    @Test func `mutated ones are read alike, or refused`() {
        var random = Random(seed: 75)
        let valid = (0..<40).map { _ in Self.message(&random).bytes }
        let counts = compare(valid, seed: 76) {
            (bytes: [UInt8]) throws(ProtobufError) -> RoutingMessage? in
            do throws(RoutingMessage.Flaw) {
                return try RoutingMessage(bytes)
            } catch {
                switch error {
                case .protobuf(let flaw): throw flaw
                case .tooLong, .tooManyContacts, .unknown: return nil
                }
            }
        } oracle: { bytes in
            RoutingMessage(try Warren_Routing_Routing(serializedBytes: bytes))
        }
        #expect(counts.accepted > 100 && counts.refused > 100)
    }
}

extension RoutingMessage {
    fileprivate var oracle: Warren_Routing_Routing {
        var message = Warren_Routing_Routing()
        switch self {
        case .findNode(let target):
            message.findNode = .init()
            message.findNode.target = Data(target.bytes)
        case .nodes(let contacts):
            message.nodes = .init()
            message.nodes.contacts = contacts.map { contact in
                var known = Warren_Routing_Contact()
                known.id = Data(contact.id.bytes)
                known.ip = contact.socket.ip.description
                known.port = UInt32(contact.socket.port)
                return known
            }
        }
        return message
    }

    /// Nil for what the schema's comments forbid.
    fileprivate init?(_ oracle: Warren_Routing_Routing) {
        switch oracle.message {
        case .findNode(let question):
            guard let target = NodeID(Array(question.target)) else { return nil }
            self = .findNode(target)
        case .nodes(let list):
            var contacts: [PeerAddress] = []
            for contact in list.contacts {
                guard let id = NodeID(Array(contact.id)), let ip = IPAddress(contact.ip),
                    let port = UInt16(exactly: contact.port), port > 0
                else { return nil }
                contacts.append(PeerAddress(id: id, socket: SocketAddress(ip: ip, port: port)))
            }
            self = .nodes(contacts)
        case nil: return nil
        }
    }
}
