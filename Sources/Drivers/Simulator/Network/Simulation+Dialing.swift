import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

// From a dial to two nodes that know each other: TCP's own round trip, then SecretConnection and
// NodeInfo. The dialed end is authenticated after 2.5 round trips, the dialer after 3. Source: C§2,
// C§3; the flights are those of the real machines, which a test holds this to.

extension Simulation {
    /// Bytes of the flights: an ephemeral key, an authentication message, a NodeInfo (C§2, C§3).
    private enum FlightSize {
        static let packet = 60
        static let proof = 35 + 1044
        static let introduction = 2 * 1044
        static let reply = 1044
    }

    mutating func dial(
        _ connection: ConnectionID,
        _ address: SocketAddress,
        expecting: NodeID?,
        from host: Int
    ) {
        statistics.dialCount += 1
        let target = addresses[address]
        let end = makeEnds(from: host, to: target ?? host, connection, remote: address)
        ends[end].expecting = expecting
        lines[host].add(connection, end: end)
        let limit = hosts[host].birth.configuration.dialTimeout
        setLimit(of: end, at: now + limit.wholeNanoseconds)
        if let target, !isReset(host, target) {
            pass(.knock, from: end, size: FlightSize.packet)
        } else {
            let path = links.path(from: host, to: target ?? host)
            agenda.add(.step(reference(end: end), .refusal), at: now + 2 * path.oneWay)
        }
    }

    private func isReset(_ host: Int, _ other: Int) -> Bool {
        links.hasCuts
            && (links.cut(from: host, to: other) == .reset
                || links.cut(from: other, to: host) == .reset)
    }

    private mutating func pass(_ step: HandshakeStep, from end: Int, size: Int) {
        carry(.step(reference(end: end ^ 1), step), from: end, size: size)
    }

    mutating func setLimit(of end: Int, at instant: Int64) {
        guard ends[end].limitAt != instant else { return }
        ends[end].limitAt = instant
        agenda.add(.limit(reference(end: end)), at: instant)
    }

    private mutating func awaitHandshake(_ end: Int) {
        let timeout = hosts[ends[end].host].birth.configuration.handshakeTimeout
        setLimit(of: end, at: now + timeout.wholeNanoseconds)
    }

    /// The node goes on with an accepted socket.
    mutating func shakeHands(_ host: Int, _ connection: ConnectionID) {
        guard let end = lines[host].find(connection), ends[end].stage == .waiting else { return }
        ends[end].stage = .shaking
        if settings.fidelity == .bytes { return startMachine(end) }
        awaitHandshake(end)
        if ends[end ^ 1].stage != .gone { pass(.proof, from: end, size: FlightSize.proof) }
    }

    /// The node hangs up; what was sent before still arrives.
    mutating func close(
        _ connection: ConnectionID,
        _ reason: CloseReason,
        flush: Bool,
        of host: Int
    ) {
        guard let end = lines[host].find(connection) else { return }
        lines[host].remove(connection)
        if flush, settings.fidelity == .bytes, ends[end].stage == .open {
            finishMachine(end)
        } else {
            hangUp(end, telling: .closedByPeer)
        }
    }

    mutating func shake(_ reference: EndReference, _ step: HandshakeStep) {
        let end = Int(reference.index)
        guard isCurrent(reference), ends[end].stage != .gone else { return }
        let (host, other) = (ends[end].host, ends[end ^ 1].host)
        let cut = links.hasCuts ? links.cut(from: other, to: host) : nil
        if step == .knock {
            guard cut == nil else { return }
            let answer: HandshakeStep = stations[host].listens ? .answer : .refusal
            return pass(answer, from: end, size: FlightSize.packet)
        }
        guard cut == nil || step == .refusal || step == .admission else {
            ends[end ^ 1].hasLost = true
            return
        }
        switch step {
        case .knock: break
        case .refusal: lose(end, .connectRefused)
        case .answer:
            guard ends[end].stage == .calling else { return }
            ends[end].stage = .shaking
            pass(.entry, from: end, size: FlightSize.packet)
            if settings.fidelity == .bytes {
                startMachine(end)
                finishTurn()
            } else {
                awaitHandshake(end)
            }
        case .entry, .admission: admit(end)
        case .proof: meet(end)
        case .introduction: receive(end)
        case .reply: open(end)
        }
    }

    // MARK: Accepting

    /// Lets a socket in, slower the more there are, and none above the hard limit (O§6.7).
    private mutating func admit(_ end: Int) {
        guard ends[end].stage == .absent else { return }
        let host = ends[end].host
        guard stations[host].listens else {
            return pass(.refusal, from: end, size: FlightSize.packet)
        }
        let limit = hosts[host].birth.configuration.acceptedConnections
        let count = lines[host].acceptedCount
        if count >= limit.soft {
            let steps = max(1, limit.hard - limit.soft)
            let share = Int64(min(count - limit.soft, steps))
            let delay = limit.delay.wholeNanoseconds / Int64(steps) * share
            let isOpen = stations[host].gateOpensAt <= now && stations[host].gateOpensAt > 0
            if count >= limit.hard || (delay > 0 && !isOpen) {
                let at = max(now, stations[host].gateOpensAt) + max(1_000_000, delay)
                if count < limit.hard { stations[host].gateOpensAt = at }
                agenda.add(.step(reference(end: end), .admission), at: at)
                return
            }
            stations[host].gateOpensAt = 0
        }
        stations[host].acceptedCount += 1
        let connection = ConnectionID.accepted(stations[host].acceptedCount)
        ends[end].connection = connection
        ends[end].stage = .waiting
        lines[host].add(connection, end: end)
        step(host, .accepted(connection, from: ends[end].remote))
    }

    // MARK: Getting to know each other

    /// The dialer has seen the other's proof.
    private mutating func meet(_ end: Int) {
        guard ends[end].stage == .shaking else { return }
        let (host, other) = (ends[end].host, ends[end ^ 1].host)
        if host == other { return lose(end, .ownID) }
        let id = infos[other].id
        if let expected = ends[end].expecting, expected.description != id {
            return lose(end, .wrongID, id: hosts[other].birth.ownID)
        }
        awaitHandshake(end)
        pass(.introduction, from: end, size: FlightSize.introduction)
    }

    /// The dialed end has all it needs; its own NodeInfo leaves before it looks at the other's.
    private mutating func receive(_ end: Int) {
        guard ends[end].stage == .shaking else { return }
        if ends[end ^ 1].stage != .gone { pass(.reply, from: end, size: FlightSize.reply) }
        open(end)
    }

    private mutating func open(_ end: Int) {
        guard ends[end].stage == .shaking else { return }
        let (host, other) = (ends[end].host, ends[end ^ 1].host)
        if let reason = refusal(of: other, by: host) {
            return lose(end, reason, id: hosts[other].birth.ownID)
        }
        ends[end].stage = .open
        ends[end].openedAt = now
        ends[end].limitAt = .max
        if end & 1 == 0 { statistics.connectionCount += 1 }
        let (connection, remote) = (ends[end].connection, ends[end].remote)
        step(
            host,
            .authenticated(connection, hosts[other].birth.ownID, infos[other], remote: remote)
        )
    }

    /// What the real connection finds wrong with a NodeInfo, in its order.
    private func refusal(of other: Int, by host: Int) -> CloseReason? {
        if flawed[other] { return .badNodeInfo }
        if host == other { return .ownID }
        do throws(NodeInfo.Incompatibility) {
            try infos[host].checkCompatible(with: infos[other])
            return nil
        } catch {
            switch error {
            case .blockProtocol: return .wrongBlockVersion
            case .network: return .wrongNetwork
            case .noCommonChannel: return .noCommonChannel
            }
        }
    }

    // MARK: Patience

    /// An end has waited long enough, unless what it waited for has come.
    mutating func losePatience(_ reference: EndReference) {
        let end = Int(reference.index)
        guard isCurrent(reference), ends[end].limitAt <= now else { return }
        ends[end].limitAt = .max
        switch ends[end].stage {
        case .absent, .gone, .waiting: break
        case .calling: lose(end, .connectTimeout)
        case .shaking:
            if settings.fidelity == .bytes {
                wakeMachine(end)
            } else {
                lose(end, .handshakeTimeout)
            }
        case .open:
            if settings.fidelity == .bytes {
                wakeMachine(end)
            } else if ends[end].isMute {
                lose(end, .pongTimeout)
            }
        }
    }
}
