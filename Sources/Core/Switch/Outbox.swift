public import WarrenObservation
public import WarrenPrimitives

/// Where a reactor puts what it wants done, and where it asks what it may send.
///
/// Sending spends credit at once, so that a reactor sees its own sends; the driver gives it back
/// as bytes leave. Without credit `send` refuses, and the reactor keeps its own bounded intent
/// until `.sendable`. Source: design §17.8.
public struct Outbox<Report: Sendable>: Sendable {
    @usableFromInline package var asks: Asks
    /// In the order in which ``asks`` speak of them.
    @usableFromInline package var reports: [Report] = []

    package enum Effect: Sendable {
        case send(PeerID, ChannelID, [UInt8])
        /// End the connection; with `flush`, what was sent before still leaves.
        case stop(PeerID, CloseReason, flush: Bool)
        case report(Report)
        case note(Note)
    }

    @inlinable package init(credit: Credit) { asks = Asks(credit: credit) }

    package var credit: Credit { asks.credit }

    /// What was put here, in order.
    package var effects: [Effect] {
        var rest = reports[...]
        return asks.list.compactMap { ask in
            switch ask {
            case .send(let peer, let channel, let message): .send(peer, channel, message)
            case .stop(let peer, let reason, let flush): .stop(peer, reason, flush: flush)
            case .report: rest.popFirst().map { .report($0) }
            case .note(let note): .note(note)
            }
        }
    }

    /// True when a message on this channel would be taken now.
    @inlinable public func canSend(on channel: ChannelID, to peer: PeerID) -> Bool {
        asks.canSend(on: channel, to: peer)
    }

    /// Queues `message`, or answers false when the peer did not list the channel, is not there, or
    /// has no credit left.
    @discardableResult
    @inlinable public mutating func send(
        _ message: [UInt8],
        on channel: ChannelID,
        to peer: PeerID
    ) -> Bool {
        asks.send(message, on: channel, to: peer)
    }

    /// Ends the peer's connection for `reason`; with `flush`, after what was sent before.
    @inlinable public mutating func stop(
        _ peer: PeerID,
        _ reason: CloseReason,
        flush: Bool = false
    ) {
        asks.stop(peer, reason, flush: flush)
    }

    @inlinable public mutating func report(_ report: Report) {
        reports.append(report)
        asks.report()
    }

    package mutating func note(_ note: Note) { asks.note(note) }
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
