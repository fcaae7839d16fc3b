package import WarrenPrimitives

/// What a node told of one of its peers.
package struct PeerState: Hashable, Sendable {
    package internal(set) var reference: PeerReference
    package internal(set) var temperature = Temperature.unknown
    package internal(set) var source: PeerSource?
    package internal(set) var usedBy: Temperature?
    /// Of the live connection; nil when there is none.
    package internal(set) var direction: Direction?
    package internal(set) var connection: ConnectionID?
    /// Nothing arrived from it for longer than the liveness limit: as good as cut.
    package internal(set) var isSilent = false
    /// How it came to its temperature, if the events tell.
    package internal(set) var last: Transition?
    package internal(set) var changedAt: Instant?

    init(_ reference: PeerReference) { self.reference = reference }

    init(_ row: Snapshot.Peer) {
        reference = PeerReference(peer: row.peer, id: row.id, address: row.address)
        temperature = row.temperature
        source = row.source
        usedBy = row.usedBy
        direction = row.direction
        last = row.lastTransition.map {
            Transition(
                peer: reference,
                from: $0.from,
                to: $0.to,
                reason: $0.reason,
                source: row.source,
                direction: row.direction
            )
        }
    }

    package var isConnected: Bool { direction != nil }
    package var isKnown: Bool { temperature != .unknown }
    var isEmpty: Bool { !isKnown && !isConnected }
}

extension PeerReference {
    /// Fills in what `other`, of the same peer, knows and this does not.
    mutating func learn(from other: PeerReference) {
        if let id = other.id { self.id = id }
        if let address = other.address { self.address = address }
    }
}

/// The last peer to leave each of the nested sets, so that "too few" can be explained.
package struct Departures: Hashable, Sendable {
    package private(set) var hot: Departure?
    package private(set) var established: Departure?
    package private(set) var known: Departure?

    package struct Departure: Hashable, Sendable {
        package var transition: Transition
        package var at: Instant
    }

    mutating func note(_ transition: Transition, at now: Instant) {
        guard transition.to < transition.from else { return }
        let departure = Departure(transition: transition, at: now)
        if transition.from == .hot { hot = departure }
        if transition.from >= .warm, transition.to < .warm { established = departure }
        if transition.to == .unknown { known = departure }
    }
}
