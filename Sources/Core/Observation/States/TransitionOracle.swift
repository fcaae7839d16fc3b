package import WarrenPrimitives

/// Judges the transitions that a node put on record against the tables of O§6.3 and O§7.3.
///
/// For each connection the chain is contiguous: it begins at `unknown`, each transition starts where
/// the last one ended, and it ends in `unknown`. Give it every event of one node in order; it holds
/// only what is open, and no more than ``limit`` of it. A gap makes it forgive what it cannot know.
/// Source: O§6.3, O§7.3, O§11.3.
package struct TransitionOracle: Sendable {
    /// Connections of one node whose chains are held, and as many for its inbound governor.
    ///
    /// Of a node that claims more, the rest is judged by the tables alone. As
    /// ``NodeState/claimLimit``.
    package static let limit = 25_000

    /// Transitions judged, of all lives.
    package private(set) var count = 0
    private var incarnation: UInt64?
    private var sequence: UInt64 = 0
    /// Events are missing: a connection seen first may stand anywhere.
    private var isInDoubt = false
    private var connections = Roster<ConnectionID, ConnectionState>()
    private var followed = Roster<ConnectionID, InboundState>()

    package init() {}

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
            let judged = count
            self = TransitionOracle()
            count = judged
            incarnation = event.incarnation
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
        count += 1
        let known = connections[connection]
        if to == .unknown {
            connections.remove(connection)
        } else if known != nil || connections.count < Self.limit {
            connections[connection] = to
        } else {
            isInDoubt = true
        }
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
        count += 1
        let known = followed[connection]
        if to == nil || known != nil || followed.count < Self.limit {
            followed[connection] = to
        } else {
            isInDoubt = true
        }
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
