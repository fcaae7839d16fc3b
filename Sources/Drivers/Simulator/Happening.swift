package import WarrenNode
package import WarrenObservation
package import WarrenPrimitives

/// Something that is going to happen in the world.
package enum Happening {
    /// A place in the agenda that is free.
    case nothing
    case start(host: Int)
    /// A whole message reaches an end.
    case message(EndReference, ChannelID, [UInt8])
    /// Bytes of a connection reach an end.
    case bytes(EndReference, [UInt8])
    /// A message has left: its credit is free again.
    case sent(EndReference, ChannelID, bytes: Int)
    /// Bytes have left the socket.
    case written(EndReference, Int)
    /// The next step of a handshake reaches an end.
    case step(EndReference, HandshakeStep)
    /// The other end hung up, or is gone.
    case ended(EndReference, CloseReason)
    /// What an end waits for may have taken too long.
    case limit(EndReference)
    case persisted(LifeReference, batch: UInt64)
    case loaded(LifeReference, LoadID, [StoreChange])
    case resolved(LifeReference, Node.LookupID, [SocketAddress], Duration)
    /// A clean end has taken long enough.
    case stopLimit(LifeReference)
    case fault(Int)
    case healing(Int)
    /// A transaction is due, of this load and with this number.
    case submission(load: Int, number: Int)
    case survey
}

/// What is under way between two nodes before they converse.
package enum HandshakeStep: UInt8 {
    /// To who is dialed: TCP's first packet.
    case knock
    /// To the dialer.
    case answer
    case refusal
    /// To who is dialed: the connection is there, and the dialer's ephemeral key.
    case entry
    /// Its turn to be accepted has come.
    case admission
    /// To the dialer: the other's ephemeral key and proof.
    case proof
    /// To who is dialed: the dialer's proof and NodeInfo.
    case introduction
    /// To the dialer: the other's NodeInfo.
    case reply
}

/// One of a host's lives; what was meant for another one is void.
package struct LifeReference: Hashable {
    package var host: Int
    package var life: UInt32
}

/// One end of one connection; what was meant for an earlier one in its place is void.
package struct EndReference: Hashable {
    package var index: Int32
    package var generation: UInt32
}
