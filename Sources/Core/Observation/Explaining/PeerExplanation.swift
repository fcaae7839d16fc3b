package import WarrenPrimitives

/// Why a peer of a node is what it is at an instant: `warren/explain/1`.
///
/// A value made by a ``PeerExplainer`` from what was told of the node up to then; what nobody told
/// is nil and left out of the JSON form, which has the same names and is described by
/// `docs/schemas/explain.schema.json`. Source: design §13.
package struct PeerExplanation: Hashable, Sendable, Codable {
    package var schema = Schema.one
    /// The node whose peer it is.
    package var node: String
    package var peer: PeerSubject
    package var at: Instant
    /// The instant that times of the run are counted from; nil where nobody knows it.
    package var zeroAt: Instant?
    /// How the node is.
    package var health: Health
    /// Events of the node are missing: the rest may be wrong.
    package var isInDoubt: Bool
    package var acquaintance: Acquaintance
    package var temperature: Temperature
    package var source: PeerSource?
    /// Which local-root group it is in, in the order of the topology file.
    package var rootGroup: Int?
    /// It was hot once and fell back by itself (O§2.3).
    package var isTepid: Bool?
    package var lastTransition: Snapshot.LastTransition?
    package var attempts: Attempts
    package var bannedUntil: Instant?
    package var connection: Connection?
    /// What keeps it where it is, or would move it; in the order of the node's own account.
    package var forces: [Force]
    /// Where the numbers of the forces come from.
    package var basis: Basis
    /// The last changes of its temperature, oldest first.
    package var history: [Step]
    /// How many changes there were, those that `history` leaves out too.
    package var historyCount: Int

    package enum Schema: String, Hashable, Sendable, Codable {
        case one = "warren/explain/1"
    }

    package enum Health: String, Hashable, Sendable, Codable, CaseIterable {
        case unborn, healthy, unhealthy, down
    }

    /// How well the node knows the peer.
    package enum Acquaintance: String, Hashable, Sendable, Codable, CaseIterable {
        /// The node never told of it.
        case never
        /// It counts as cold, warm or hot.
        case known
        /// It is connected, and its peer manager does not count it.
        case guest
        /// The node told of it, and does not know it now.
        case forgotten
    }

    /// What became of dials, and when there may be another.
    package struct Attempts: Hashable, Sendable, Codable {
        /// Dials in the node's present life, as far as they were told.
        package var dialCount = 0
        package var failedDialCount = 0
        /// How its last connection, or the last attempt at one, ended.
        package var lastEnd: End?
        /// Failures in a row as the peer manager counts them; nil where no snapshot tells.
        package var failCount: Int?
        /// When it may be dialed or made hot next, if that is still to come.
        package var nextAt: Instant?
        /// When `failCount` and `nextAt` were told.
        package var toldAt: Instant?
        /// Nothing was told of the peer since then.
        package var isCurrent = false
        package init() {}
    }

    package struct End: Hashable, Sendable, Codable {
        package var reason: CloseReason
        package var at: Instant
        package init(reason: CloseReason, at: Instant) {
            self.reason = reason
            self.at = at
        }
    }

    package struct Connection: Hashable, Sendable, Codable {
        /// Nil while it is being made.
        package var direction: Direction?
        package var state: ConnectionState?
        package var inboundState: InboundState?
        /// How far it uses us: cold is not at all.
        package var usedBy: Temperature?
        package var since: Instant?
        package var roundTripNanoseconds: Int64?
        package init() {}
    }

    /// One thing that acts on the peer, and how.
    package struct Force: Hashable, Sendable, Codable {
        package var hold: Snapshot.Hold
        package var effect: Snapshot.Hold.Effect
        /// Of a quota, or of failures: how many there are, and how many are wanted or allowed.
        package var count: Int?
        package var wanted: Int?

        package init(_ hold: Snapshot.Hold, at temperature: Temperature) {
            self.hold = hold
            effect = hold.effect(at: temperature)
            switch hold {
            case .failures(let count, let limit): (self.count, wanted) = (count, limit)
            case .quota(_, let count, let wanted): (self.count, self.wanted) = (count, wanted)
            case .underway, .cooling, .waits, .cannotBeHot, .kept, .gate: break
            }
        }
    }

    /// Where the forces were taken from.
    package enum Basis: String, Hashable, Sendable, Codable, CaseIterable {
        /// The node's own account, in a snapshot since which nothing that matters happened.
        case snapshot
        /// Counted from the node's events: jobs and waits of its peer manager do not show.
        case events
        /// The node keeps no such account, or does not know the peer.
        case none
    }

    package struct Step: Hashable, Sendable {
        package var transition: Snapshot.LastTransition
        package var source: PeerSource
        package var direction: Direction?
    }
}

extension PeerExplanation.Step: Codable {
    private enum Key: String, CodingKey { case source, direction }

    package init(from decoder: any Decoder) throws {
        transition = try Snapshot.LastTransition(from: decoder)
        let fields = try decoder.container(keyedBy: Key.self)
        source = try fields.decode(PeerSource.self, forKey: .source)
        direction = try fields.decodeIfPresent(Direction.self, forKey: .direction)
    }

    package func encode(to encoder: any Encoder) throws {
        try transition.encode(to: encoder)
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(source, forKey: .source)
        try fields.encodeIfPresent(direction, forKey: .direction)
    }
}
