import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A connection manager and an inbound governor, joined as the node joins them, and what random
/// peers do to them.
struct ConnectionHistory {
    var connections: ConnectionManager
    var inbound = InboundGovernor(settings: InboundGovernor.Settings())
    var now = Instant.epoch
    var random: Random
    let hardLimit: Int
    private(set) var complaints: [String] = []
    /// Pairs of states that a connection went through, by name.
    private(set) var covered: Set<String> = []
    private(set) var chains: [ConnectionID: ConnectionState] = [:]
    private var oracle = TransitionOracle()
    private var sequence: UInt64 = 0
    private var sockets: [Socket] = []
    private var lastConnection: UInt64 = 0
    /// When a connection was announced, by connection; only duplex ones.
    private var announcedAt: [ConnectionID: Instant] = [:]
    private var mature: [PeerID: Bool] = [:]

    /// What the world knows of a connection.
    private struct Socket {
        var connection: ConnectionID
        var peer: PeerID
        var isConnected = false
        var isNegotiated = false
    }

    init(random: Random) {
        self.random = random
        hardLimit = 2 + self.random.below(5)
        var settings = ConnectionManager.Settings()
        settings.hardLimit = hardLimit
        connections = ConnectionManager(settings: settings)
    }

    var openCount: Int { oracle.open.count + oracle.followedCount }

    // MARK: What happens

    mutating func step() {
        let peer = PeerID(rawValue: UInt32(1 + random.below(6)))
        switch random.below(12) {
        case 0, 1: tell(.acquire(peer, dials: random.chance(3, in: 4)))
        case 2: if sockets.count < 20 { accept(peer) }
        case 3, 4: advance()
        case 5: if let socket = pick() { tell(.release(socket.connection), where: Self.isOurs) }
        case 6, 7: if let socket = pick() { use(socket) }
        case 8: if random.chance(1, in: 2), let socket = pick() { breakOff(socket) }
        case 9: pass(.milliseconds(random.below(70_000)))
        case 10: pass(.milliseconds(random.below(6000)))
        default: pass(.milliseconds(random.below(500)))
        }
        check()
    }

    /// Everything breaks and the node ends.
    mutating func finish() {
        for socket in sockets { breakOff(socket) }
        tell(.stop)
        check()
        if connections.count + inbound.count > 0 { complaints.append("something is left") }
    }

    private mutating func pick() -> Socket? {
        sockets.isEmpty ? nil : sockets[random.below(sockets.count)]
    }

    private mutating func accept(_ peer: PeerID) {
        lastConnection += 1
        let connection = ConnectionID.accepted(lastConnection)
        sockets.append(Socket(connection: connection, peer: peer))
        tell(.accepted(connection))
    }

    /// A handshake takes a step.
    private mutating func advance() {
        let waiting = sockets.indices.filter { !sockets[$0].isNegotiated }
        guard !waiting.isEmpty else { return }
        let place = waiting[random.below(waiting.count)]
        let socket = sockets[place]
        guard socket.isConnected else {
            // The switch lets a node have one connection.
            let isTaken = sockets.contains { $0.isConnected && $0.peer == socket.peer }
            if isTaken { return breakOff(socket) }
            sockets[place].isConnected = true
            return tell(.connected(socket.connection, socket.peer))
        }
        sockets[place].isNegotiated = true
        let flow: ConnectionState.DataFlow =
            random.chance(2, in: 3) ? .duplex : .unidirectional
        tell(.negotiated(socket.connection, flow))
        guard flow == .duplex || !socket.connection.isOutbound else { return }
        if flow == .duplex { announcedAt[socket.connection] = now }
        tell(.connected(socket.connection, socket.peer, flow, sharesPeers: true))
    }

    private mutating func use(_ socket: Socket) {
        let level = Lifecycle.Level.allCases[random.below(3)]
        tell(.used(socket.connection, level))
    }

    private static func isOurs(_ state: ConnectionState?) -> Bool {
        state?.isUsedOutbound == true && state?.isNegotiated == true
    }

    private mutating func breakOff(_ socket: Socket) {
        sockets.removeAll { $0.connection == socket.connection }
        announcedAt[socket.connection] = nil
        tell(.disconnected(socket.connection))
        tell(.failed(socket.connection))
    }

    private mutating func pass(_ duration: Duration) {
        let end = now.advanced(by: duration)
        while let due = soonest(connections.nextDeadline, inbound.nextDeadline), due <= end {
            now = max(now, due)
            tell(InboundGovernor.Input.deadline)
            tell(ConnectionManager.Input.deadline)
        }
        now = end
    }

    // MARK: Joining the two

    private mutating func tell(
        _ input: ConnectionManager.Input,
        where isSound: (ConnectionState?) -> Bool = { _ in true }
    ) {
        if case .release(let id) = input, !isSound(connections.state(of: id)) { return }
        var wanted: [ConnectionManager.Effect] = []
        connections.handle(input, now: now, random: &random, into: &wanted)
        for effect in wanted { perform(effect) }
    }

    private mutating func tell(_ input: InboundGovernor.Input) {
        var wanted: [InboundGovernor.Effect] = []
        inbound.handle(input, now: now, into: &wanted)
        for effect in wanted { perform(effect) }
    }

    private mutating func perform(_ effect: ConnectionManager.Effect) {
        switch effect {
        case .dial(let peer):
            lastConnection += 1
            let connection = ConnectionID.dialed(lastConnection)
            sockets.append(Socket(connection: connection, peer: peer))
            tell(.dialing(connection, peer))
        case .acquired(_, let connection):
            if !Self.isOurs(connections.state(of: connection)) { complaints.append("not acquired") }
        case .wait, .refused, .free: break
        case .turnAway(let connection): sockets.removeAll { $0.connection == connection }
        case .close(let connection, _), .prune(let connection, _):
            if let socket = sockets.first(where: { $0.connection == connection }) {
                breakOff(socket)
            }
        case .inboundReleased(let connection, let tracking):
            tell(.released(connection, tracking))
        case .transition(let connection, let peer, let from, let to):
            covered.insert("\(from) \(to)")
            note(
                .connection(
                    peer.map { PeerReference(peer: $0) },
                    connection,
                    from: from,
                    to: to
                )
            )
            chains[connection] = to == .unknown ? nil : to
        case .unsupported(let operation, let connection, let state):
            complaints.append("\(operation) of \(connection) in \(state) at \(now)")
        }
    }

    private mutating func perform(_ effect: InboundGovernor.Effect) {
        switch effect {
        case .promotedToWarm(let connection): tell(.promotedToWarm(connection))
        case .demotedToCold(let connection): tell(.demotedToCold(connection))
        case .releaseInbound(let connection): tell(.releaseInbound(connection))
        case .transition(let connection, let peer, let from, let to):
            covered.insert("\(from?.rawValue ?? "none") \(to?.rawValue ?? "none")")
            note(.inbound(PeerReference(peer: peer), connection, from: from, to: to))
        case .matured(let peers): mature = peers
        }
    }

    private mutating func note(_ note: Note) {
        sequence += 1
        let event = Event(incarnation: 1, sequence: sequence, at: now, note: note)
        if let complaint = oracle.take(event) { complaints.append(complaint) }
    }

    // MARK: What always holds

    private mutating func check() {
        if connections.inboundCount > hardLimit {
            complaints.append("\(connections.inboundCount) inbound of \(hardLimit)")
        }
        var counters = Snapshot.ConnectionCounters()
        for state in chains.values { counters.count(state) }
        if counters != connections.counters { complaints.append("miscounted: \(counters)") }
        let total = connections.stateCounts.reduce(0) { $0 + $1.count }
        if total != connections.count { complaints.append("\(total) in states") }
        for socket in sockets where socket.isNegotiated { checkUse(socket.connection) }
        checkMature()
    }

    /// The two agree on every connection (O§7.4).
    private mutating func checkUse(_ connection: ConnectionID) {
        let state = connections.state(of: connection)
        let followed = inbound.state(of: connection)
        let isSound: Bool
        switch state {
        case .outboundUni, .outboundIdle(.unidirectional): isSound = followed == nil
        case .inboundIdle, .outboundDup(.ticking): isSound = followed == .idle
        case .outboundDup(.expired), .outboundIdle(.duplex): isSound = followed == .cold
        case .inbound, .duplex: isSound = followed?.isEstablished == true
        case .unknown, .reservedOutbound, .unnegotiated, .terminating, .terminated, nil:
            isSound = false
        }
        if !isSound {
            complaints.append(
                "\(connection): \(String(describing: state)), \(String(describing: followed))"
            )
        }
    }

    private mutating func checkMature() {
        let old = announcedAt.filter { $0.value.duration(to: now) >= .seconds(900) }
        let expected = Set(sockets.filter { old[$0.connection] != nil }.map(\.peer))
        if Set(mature.keys) != expected { complaints.append("mature \(mature), not \(expected)") }
    }
}
