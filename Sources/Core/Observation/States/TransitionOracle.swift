package import WarrenPrimitives

/// Judges the transitions that a node put on record against the tables of O§6.3 and O§7.3.
///
/// For each connection the chain is contiguous: it begins at `unknown`, each transition starts where
/// the last one ended, and it ends in `unknown`. Give it every event of one node in order; it holds
/// only what is open. A gap makes it forgive what it cannot know. Source: O§6.3, O§7.3, O§11.3.
package struct TransitionOracle: Sendable {
    private var incarnation: UInt64?
    private var sequence: UInt64 = 0
    /// Events are missing: a connection seen first may stand anywhere.
    private var isInDoubt: Bool
    private var connections = Roster<ConnectionID, ConnectionState>()
    private var followed = Roster<ConnectionID, InboundState>()

    /// `startsAnywhere` is for a stream whose beginning is lost.
    package init(startsAnywhere: Bool = false) { isInDoubt = startsAnywhere }

    /// The connections whose chain has not ended, oldest news first, and where they stand.
    ///
    /// Empty at the end of a node that stopped as asked.
    package var open: [(connection: ConnectionID, state: ConnectionState)] {
        zip(connections.ids, connections.rows).map { ($0, $1) }
    }

    /// How many connections the inbound governor follows.
    package var followedCount: Int { followed.count }

    /// Takes in an event; answers the rule that it breaks, in words, or nil.
    package mutating func take(_ event: Event) -> String? {
        if incarnation != event.incarnation {
            // A node that was killed says no goodbye.
            let isFirst = incarnation == nil
            self = TransitionOracle(startsAnywhere: isFirst && isInDoubt)
            incarnation = event.incarnation
            sequence = event.sequence - min(event.sequence, 1)
            if !isFirst, event.sequence != 1 { isInDoubt = true }
        }
        if event.sequence != sequence + 1 {
            connections = Roster()
            followed = Roster()
            isInDoubt = true
        }
        sequence = event.sequence
        switch event.note {
        case .connection(_, let connection, let from, let to): return judge(connection, from, to)
        case .inbound(_, let connection, let from, let to): return judge(connection, from, to)
        case .transition, .merged, .connected, .disconnected, .refused, .dialing, .usedBy, .banned,
            .reinstated, .asked, .answered, .learnt, .targets, .churned, .bootstrapTimedOut,
            .chain, .storeFailed:
            return nil
        }
    }

    private mutating func judge(
        _ connection: ConnectionID,
        _ from: ConnectionState,
        _ to: ConnectionState
    ) -> String? {
        let known = connections[connection]
        connections[connection] = to == .unknown ? nil : to
        if known ?? .unknown != from, known != nil || !isInDoubt {
            return "\(connection) was \(known ?? .unknown), and now goes from \(from) to \(to)"
        }
        guard ConnectionState.permits(from: from, to: to) else {
            return "\(connection) goes from \(from) to \(to), which O§6.3 does not permit"
        }
        return nil
    }

    private mutating func judge(
        _ connection: ConnectionID,
        _ from: InboundState?,
        _ to: InboundState?
    ) -> String? {
        let known = followed[connection]
        followed[connection] = to
        if known != from, known != nil || !isInDoubt {
            return
                "\(connection) was \(Self.text(known)) to the inbound governor, and now goes from "
                + "\(Self.text(from)) to \(Self.text(to))"
        }
        guard InboundState.permits(from: from, to: to) else {
            return
                "\(connection) goes from \(Self.text(from)) to \(Self.text(to)), which O§7.3 does "
                + "not permit"
        }
        return nil
    }

    private static func text(_ state: InboundState?) -> String { state?.rawValue ?? "untracked" }
}
