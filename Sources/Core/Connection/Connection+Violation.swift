package import WarrenHandshake
package import WarrenPrimitives

extension Connection {
    /// Why a connection had to end: what the peer did, or did not do in time.
    ///
    /// Sources: C§3.3, C§4.7.
    package enum Violation: Error, Hashable, Sendable {
        /// SecretConnection failed.
        case handshake(WarrenHandshake.Violation)
        case handshakeTimeout(Step)
        /// The key is not that of the node that was dialed.
        case wrongID(expected: NodeID, found: NodeID)
        case nodeInfoTooLong(length: Int, limit: Int)
        case malformedNodeInfo(ProtobufError)
        case badNodeInfo(NodeInfo.Flaw)
        /// NodeInfo names another node than the key does, or names it in upper case.
        case misstatedID(key: NodeID, told: String)
        /// We are talking to ourselves.
        case ownID
        /// Another block protocol, another network, or no channel in common.
        case incompatible(NodeInfo.Incompatibility)

        case badPacket(ProtobufError)
        /// A packet that is neither ping, pong nor message.
        case packetWithoutKind
        case packetTooLong(length: Int, limit: Int)
        case unknownChannel(Int32)
        case messageTooLong(ChannelID, limit: Int)
        case pongTimeout
    }

    /// What a peer did not finish in time.
    package enum Step: Hashable, Sendable {
        case secretConnection
        case nodeInfo
    }
}

extension Connection.Violation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .handshake(let violation): "secret connection: \(violation)"
        case .handshakeTimeout(.secretConnection): "no secret connection in time"
        case .handshakeTimeout(.nodeInfo): "no NodeInfo in time"
        case .wrongID(let expected, let found): "the peer is \(found): expected \(expected)"
        case .nodeInfoTooLong(let length, let limit):
            "NodeInfo has \(length) bytes: expected \(limit) at most"
        case .malformedNodeInfo(let error): "NodeInfo is no such message: \(error)"
        case .badNodeInfo(let flaw): "NodeInfo: \(flaw)"
        case .misstatedID(let key, let told):
            "NodeInfo says '\(told)': expected the id of the key, \(key)"
        case .ownID: "the peer has our own id"
        case .incompatible(let reason): "\(reason)"
        case .badPacket(let error): "a packet is malformed: \(error)"
        case .packetWithoutKind: "a packet is neither ping, pong nor message"
        case .packetTooLong(let length, let limit):
            "a packet of \(length) bytes: expected \(limit) at most"
        case .unknownChannel(let number): "a message for channel \(number), which is not ours"
        case .messageTooLong(let channel, let limit):
            "a message on channel \(channel) of more than \(limit) bytes"
        case .pongTimeout: "no pong in time"
        }
    }
}
