import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Who uses a connection

extension Node {
    /// Announces how much we use a peer; nothing is announced to one without 0x70.
    mutating func use(
        _ peer: PeerID,
        _ level: Lifecycle.Level,
        now: Instant,
        random: inout Random
    ) {
        live.update(peer) { $0.use = level }
        if level < .hot { follow(peer, isHot: false, now: now, random: &random) }
        route(peer, isUsed: level > .none, now: now)
        guard live[peer]?.greeting != LivePeer.Greeting.none else { return }
        let handle = switchboard.reactorHandle(peer)
        command { (lifecycle: inout Lifecycle, outbox: inout Outbox<Lifecycle.Report>) in
            lifecycle.use(handle, level, now: now, random: &random, into: &outbox)
        }
    }

    /// The peer said hello, or never will: the handshake is over (O§6.1).
    ///
    /// From here on the inbound governor follows the connection, if the peer may use us on it.
    mutating func negotiate(_ row: LivePeer, now: Instant, random: inout Random) {
        let connection = row.peer.connection
        guard case .unnegotiated = connections.state(of: connection) else { return }
        let flow = dataFlow(row)
        tellConnections(.negotiated(connection, flow), now: now, random: &random)
        guard flow == .duplex || !row.peer.isOutbound else { return }
        tellInbound(
            .connected(
                connection,
                row.peer.id,
                flow,
                sharesPeers: row.sharesPeers,
                expires: mayExpire(row, flow)
            ),
            now: now,
            random: &random
        )
    }

    /// Duplex if both ends said on this connection that they initiate and respond.
    private func dataFlow(_ row: LivePeer) -> ConnectionState.DataFlow {
        guard case .heard(let theirs) = row.greeting,
            theirs.diffusionMode == .initiatorAndResponder,
            let ours = lifecycle.announced(to: switchboard.reactorHandle(row.peer.id)),
            ours.diffusionMode == .initiatorAndResponder
        else { return .unidirectional }
        return .duplex
    }

    /// Whether a connection that nobody uses is closed.
    ///
    /// Peers without 0x70 cannot say that they use us; seeds are left by their own rules; persistent
    /// peers are kept, and where we cannot use one there is nothing else to keep it by.
    private func mayExpire(_ row: LivePeer, _ flow: ConnectionState.DataFlow) -> Bool {
        switch manager.policy {
        case .crawler, .ensurePeers, .staticTopology: false
        case .governor:
            row.greeting != LivePeer.Greeting.none
                && !(row.peer.isPersistent && flow == .unidirectional)
        }
    }

    /// Puts a connection that a peer opened to our use, if it is there and may be used.
    mutating func takeUp(_ peer: PeerID, now: Instant, random: inout Random) {
        guard let connection = live[peer]?.peer.connection else { return }
        switch connections.state(of: connection) {
        case .inboundIdle(.duplex), .inbound(.duplex):
            tellConnections(.acquire(peer, dials: false), now: now, random: &random)
        case .inboundIdle, .inbound, .unknown, .reservedOutbound, .unnegotiated, .outboundUni,
            .outboundDup, .outboundIdle, .duplex, .terminating, .terminated, nil:
            break
        }
    }

    /// Lets go of a connection that we dialed, or took up, and have no use for.
    mutating func letGoUnlessWanted(_ peer: PeerID, now: Instant, random: inout Random) {
        guard let row = live[peer], row.use == .none, seedJob?.current?.peer != peer,
            connections.state(of: row.peer.connection)?.isNegotiated == true,
            connections.state(of: row.peer.connection)?.isUsedOutbound == true
        else { return }
        switch jobs[peer] {
        case .promoteCold, .demoteHot: return
        case .demoteWarm where !lifecycle.isSettled(switchboard.reactorHandle(peer)): return
        case .demoteWarm, nil: break
        }
        switch manager.policy {
        case .crawler, .ensurePeers, .staticTopology: break
        case .governor:
            tellConnections(.release(row.peer.connection), now: now, random: &random)
        }
    }

    /// A demotion to cold is done once the connection manager holds nothing back for us (O§3.13).
    mutating func settleCold(_ peer: PeerID) {
        guard jobs[peer] == .demoteWarm, !connections.holdsOutbound(peer) else { return }
        jobs.remove(peer)
        agenda.append(.governorInput(.demotedWarm(peer)))
    }
}
