public import WarrenObservation
public import WarrenPrimitives

/// Where a reactor puts what it wants done, and where it asks what it may send.
///
/// Sending spends credit at once, so that a reactor sees its own sends; the driver gives it back
/// as bytes leave. Without credit `send` refuses, and the reactor keeps its own bounded intent
/// until `.sendable`. Source: design §17.8.
public struct Outbox<Report: Sendable>: Sendable {
    package var effects: [Effect] = []
    package var credit: Credit

    package enum Effect: Sendable {
        case send(PeerID, ChannelID, [UInt8])
        /// End the connection; with `flush`, what was sent before still leaves.
        case stop(PeerID, CloseReason, flush: Bool)
        case report(Report)
        case note(Note)
    }

    package init(credit: Credit) { self.credit = credit }

    /// True when a message on this channel would be taken now.
    public func canSend(on channel: ChannelID, to peer: PeerID) -> Bool {
        credit.allows(peer, channel)
    }

    /// Queues `message`, or answers false when the peer did not list the channel, is not there, or
    /// has no credit left.
    @discardableResult
    public mutating func send(
        _ message: [UInt8],
        on channel: ChannelID,
        to peer: PeerID
    ) -> Bool {
        guard credit.spend(peer, channel, bytes: message.count) else { return false }
        effects.append(.send(peer, channel, message))
        return true
    }

    /// Ends the peer's connection for `reason`; with `flush`, after what was sent before.
    public mutating func stop(_ peer: PeerID, _ reason: CloseReason, flush: Bool = false) {
        effects.append(.stop(peer, reason, flush: flush))
    }

    public mutating func report(_ report: Report) { effects.append(.report(report)) }

    package mutating func note(_ note: Note) { effects.append(.note(note)) }
}

extension Outbox.Effect {
    /// What this asks of the switch; nil for what the node deals with itself.
    package var input: Switch.Input? {
        switch self {
        case .send(let peer, let channel, let message): .send(peer, channel, message)
        case .stop(let peer, let reason, let flush): .stop(peer, reason, flush: flush)
        case .report, .note: nil
        }
    }
}
