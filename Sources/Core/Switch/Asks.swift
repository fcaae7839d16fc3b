public import WarrenObservation
public import WarrenPrimitives

/// What a reactor wants done, and what it may send: all of an ``Outbox`` that does not depend on
/// the type of its reports.
///
/// Apart, so that every send is compiled once and called directly: generic code of another module
/// looks up types and sizes while it runs.
@usableFromInline package struct Asks: Sendable {
    package enum Ask: Sendable {
        case send(PeerID, ChannelID, [UInt8])
        case stop(PeerID, CloseReason, flush: Bool)
        /// The next of the outbox's reports.
        case report
        indirect case note(Note)
    }

    package private(set) var list: [Ask] = []
    package var credit: Credit

    @usableFromInline package init(credit: Credit) { self.credit = credit }

    @usableFromInline package func canSend(on channel: ChannelID, to peer: PeerID) -> Bool {
        credit.allows(peer, channel)
    }

    @usableFromInline package mutating func send(
        _ message: [UInt8],
        on channel: ChannelID,
        to peer: PeerID
    ) -> Bool {
        guard credit.spend(peer, channel, bytes: message.count) else { return false }
        list.append(.send(peer, channel, message))
        return true
    }

    /// Sends what has spent its credit already.
    package mutating func pass(_ message: [UInt8], on channel: ChannelID, to peer: PeerID) {
        list.append(.send(peer, channel, message))
    }

    @usableFromInline package mutating func stop(
        _ peer: PeerID,
        _ reason: CloseReason,
        flush: Bool
    ) {
        list.append(.stop(peer, reason, flush: flush))
    }

    /// A report stands here among what else is asked for.
    @usableFromInline package mutating func report() { list.append(.report) }

    package mutating func note(_ note: Note) { list.append(.note(note)) }
}
