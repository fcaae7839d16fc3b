import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - The connection manager and the inbound governor

/// The two know every connection and answer at once, so that what they say never lags behind the
/// switch; what they want of other machines goes on the agenda.
extension Node {
    mutating func tellConnections(
        _ input: ConnectionManager.Input,
        now: Instant,
        random: inout Random
    ) {
        var wanted: [ConnectionManager.Effect] = []
        connections.handle(input, now: now, random: &random, into: &wanted)
        for effect in wanted { perform(effect, now: now, random: &random) }
    }

    mutating func tellInbound(
        _ input: InboundGovernor.Input,
        now: Instant,
        random: inout Random
    ) {
        var wanted: [InboundGovernor.Effect] = []
        inboundGovernor.handle(input, now: now, into: &wanted)
        for effect in wanted { perform(effect, now: now, random: &random) }
    }

    /// Idle times and time-waits that are over, and peers that have matured.
    mutating func wakeConnections(now: Instant, random: inout Random) {
        if inboundGovernor.nextDeadline.map({ $0 <= now }) == true {
            tellInbound(.deadline, now: now, random: &random)
        }
        if connections.nextDeadline.map({ $0 <= now }) == true {
            tellConnections(.deadline, now: now, random: &random)
        }
    }

    private mutating func perform(
        _ effect: ConnectionManager.Effect,
        now: Instant,
        random: inout Random
    ) {
        switch effect {
        case .dial(let peer): dial(peer)
        case .acquired(let peer, _):
            if let row = live[peer] { finishPromotion(row, now: now, random: &random) }
        case .wait: break
        case .refused(let peer, let refusal): failPromotion(peer, refusal.reason)
        case .free(let peer):
            if phase == .running { pursue(peer, now: now, random: &random) }
            release(peer)
        case .turnAway(let connection): turnAway(connection)
        case .close(_, let peer):
            let reason: CloseReason = jobs[peer] == .demoteWarm ? .demoted : .notWanted
            agenda.append(.switchInput(.stop(peer, reason, flush: true)))
        case .prune(let connection, let peer):
            if let peer, live[peer]?.peer.connection == connection {
                agenda.append(.switchInput(.stop(peer, .inboundLimit, flush: false)))
            } else {
                turnAway(connection)
            }
        case .inboundReleased(let connection, let tracking):
            tellInbound(.released(connection, tracking), now: now, random: &random)
        case .transition(let connection, let peer, let from, let to):
            // Not `map`, whose closure would take a copy of the whole node.
            if let peer {
                record(.connection(directory.reference(peer), connection, from: from, to: to))
                settleCold(peer)
            } else {
                record(.connection(nil, connection, from: from, to: to))
            }
        case .unsupported(let operation, let connection, let state):
            assertionFailure("\(operation) of \(connection), which is \(state)")
        }
    }

    private mutating func perform(
        _ effect: InboundGovernor.Effect,
        now: Instant,
        random: inout Random
    ) {
        switch effect {
        case .promotedToWarm(let connection):
            tellConnections(.promotedToWarm(connection), now: now, random: &random)
        case .demotedToCold(let connection):
            tellConnections(.demotedToCold(connection), now: now, random: &random)
        case .releaseInbound(let connection):
            tellConnections(.releaseInbound(connection), now: now, random: &random)
        case .transition(let connection, let peer, let from, let to):
            record(.inbound(directory.reference(peer), connection, from: from, to: to))
        case .matured(let peers): offerMature(peers)
        }
    }

    private mutating func record(_ note: Note) { agenda.append(.switchEffect(.note(note))) }

    /// Hangs up on a socket that is nobody's yet.
    private mutating func turnAway(_ connection: ConnectionID) {
        agenda.append(.switchEffect(.close(connection, .inboundLimit, flush: false)))
        agenda.append(.switchInput(.failed(connection, .inboundLimit)))
    }

    /// Tells the governor who has been here for long, as far as they can be dialed and told of.
    ///
    /// They can be dialed where they say that they listen (design §17.1). Source: O§3.6.4.
    private mutating func offerMature(_ peers: [PeerID: Bool]) {
        // Not `filter`, whose closure would take a copy of the whole node; so would each question
        // about seeds.
        let mayBeSeeds = !configuration.seeds.isEmpty
        var offered = peers
        for peer in peers.keys {
            if let entry = directory[peer], entry.address != nil {
                guard let id = entry.id else { continue }
                if !configuration.isPrivate(id) {
                    if !mayBeSeeds || !isMereSeed(id, at: entry.address) { continue }
                }
            }
            offered[peer] = nil
        }
        agenda.append(.governorInput(.inbound(offered)))
    }

    /// Two handles turned out to be one node; neither machine moves a connection for it.
    mutating func mergeInbound(_ other: PeerID, into peer: PeerID, now: Instant) {
        var wanted: [InboundGovernor.Effect] = []
        inboundGovernor.handle(.merged(peer, other: other), now: now, into: &wanted)
        for case .matured(let peers) in wanted { offerMature(peers) }
    }
}

extension ConnectionManager.Refusal {
    /// What the governor is told.
    var reason: CloseReason {
        switch self {
        case .connectionExists: .duplicateConnection
        case .forbiddenConnection, .forbiddenOperation: .notWanted
        case .inboundConnectionNotFound: .unreachable
        }
    }
}
