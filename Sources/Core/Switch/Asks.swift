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

    /// Most outboxes come back with one thing or nothing, which then needs no list.
    private var first: Ask?
    private var rest: [Ask] = []
    package var credit: Credit

    /// All of it, in order.
    package var list: [Ask] { (first.map { [$0] } ?? []) + rest }

    /// Hands out all of it, in order.
    package func forEach(_ body: (Ask) -> Void) {
        guard let first else { return }
        body(first)
        for ask in rest { body(ask) }
    }

    private mutating func put(_ ask: Ask) {
        if first == nil { first = ask } else { rest.append(ask) }
    }

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
        put(.send(peer, channel, message))
        return true
    }

    /// Sends what has spent its credit already.
    package mutating func pass(_ message: [UInt8], on channel: ChannelID, to peer: PeerID) {
        put(.send(peer, channel, message))
    }

    @usableFromInline package mutating func stop(
        _ peer: PeerID,
        _ reason: CloseReason,
        flush: Bool
    ) {
        put(.stop(peer, reason, flush: flush))
    }

    /// A report stands here among what else is asked for.
    @usableFromInline package mutating func report() { put(.report) }

    package mutating func note(_ note: Note) { put(.note(note)) }
}
