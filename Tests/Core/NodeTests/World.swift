import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A few nodes in virtual time, joined by links that deliver whole messages in order.
///
/// What a driver does, without sockets: handshakes succeed unless ids differ, a closed connection
/// is seen by the other end one latency later, batches are stored at once.
struct World {
    struct Host {
        var node: Node
        var random: Random
        var birth: Node.Birth
        var rows: [StoreChange] = []
        var events: [Event] = []
        var isUp = true
        /// It stands for a CometBFT node: neither it nor who talks to it lists channel 0x70.
        var isPlain = false
        /// What lifts sockets of an earlier life out of this one.
        var life = 0
        var acceptedCount: UInt64 = 0
        var links: [ConnectionID: Link] = [:]
    }

    /// This end's view of a connection.
    struct Link {
        var host: Int
        var connection: ConnectionID
        var isAuthenticated = false
    }

    private struct Happening {
        var at: Instant
        var order: Int
        var host: Int
        var life: Int
        var input: Node.Input
    }

    var hosts: [Host] = []
    private(set) var now = Instant(nanoseconds: 1_000_000_000_000)
    private var agenda: [Happening] = []
    private var order = 0
    var latency: Duration = .milliseconds(5)
    var names: [String: [SocketAddress]] = [:]
    /// Pairs of hosts, lower number first, between which everything is lost.
    var cuts: Set<[Int]> = []
    /// Whether every node's own rules are checked after every input, and what came of it.
    var isWatched = false
    var complaints: [String] = []
    /// Only every so manieth input is followed by a check.
    var checkPeriod = 1
    private var checkCount = 0
    /// Each host's next deadline while it is up, beside the hosts so that no host is copied for it.
    private var deadlines: [Instant?] = []

    mutating func add(_ configure: (inout Node.Birth) -> Void) -> Int {
        let number = hosts.count + 1
        var configuration = NodeConfiguration()
        configuration.moniker = "node-\(number)"
        configuration.listenAddress = Self.address(number)
        configuration.addressBookStrict = false
        configuration.pace = 60
        configuration.targets = Targets(root: 10, known: 20, established: 8, active: 4)
        var birth = Node.Birth(
            configuration: configuration,
            topology: Topology(),
            ownID: Self.id(number),
            incarnation: UInt64(number),
            bookKey: [UInt8](repeating: UInt8(number), count: 16)
        )
        configure(&birth)
        hosts.append(
            Host(node: Node(birth: birth), random: Random(seed: UInt64(number)), birth: birth)
        )
        deadlines.append(nil)
        boot(hosts.count - 1)
        return hosts.count - 1
    }

    static func address(_ number: Int) -> SocketAddress {
        SocketAddress(ip: IPAddress(v4: 0x7F02_0000 + UInt32(number)), port: 3001)
    }

    static func id(_ number: Int) -> NodeID {
        var bytes = [UInt8](repeating: 7, count: NodeID.byteCount)
        bytes[0] = UInt8(number * 37 % 256)
        bytes[1] = UInt8(number)
        return NodeID(bytes) ?? id(1)
    }

    static func point(_ number: Int, named: Bool = true) -> Topology.AccessPoint {
        Topology.AccessPoint(
            id: named ? id(number) : nil,
            host: .ip(address(number).ip),
            port: address(number).port
        )
    }

    private mutating func boot(_ host: Int) {
        feed(host, .loaded(hosts[host].rows))
        feed(host, .listening(hosts[host].birth.configuration.listenAddress))
    }

    /// Ends a node without a word: memory is lost, rows stay, sockets break.
    mutating func kill(_ host: Int) {
        hosts[host].isUp = false
        deadlines[host] = nil
        for link in hosts[host].links.values.sorted(by: { $0.connection < $1.connection }) {
            if !isCut(host, link.host) { breakOff(link, .resetByPeer) }
        }
        hosts[host].links = [:]
    }

    mutating func restart(_ host: Int) {
        hosts[host].life += 1
        hosts[host].isUp = true
        hosts[host].birth.incarnation += 1000
        hosts[host].node = Node(birth: hosts[host].birth)
        boot(host)
    }

    /// Starts a node again with rows in its store, as an earlier life would have left them.
    mutating func plant(_ rows: [StoreChange], in host: Int) {
        kill(host)
        hosts[host].rows += rows
        restart(host)
    }

    mutating func feed(_ host: Int, _ input: Node.Input) {
        guard hosts[host].isUp else { return }
        var effects: [Node.Effect] = []
        var random = hosts[host].random
        hosts[host].node.handle(input, now: now, random: &random, into: &effects)
        hosts[host].random = random
        deadlines[host] = hosts[host].node.nextDeadline
        for effect in effects { perform(effect, of: host) }
        checkCount += 1
        if isWatched, checkCount.isMultiple(of: checkPeriod), complaints.isEmpty,
            let complaint = hosts[host].node.invariantViolation()
        {
            complaints.append(
                "host \(host) at \(now.nanoseconds): \(complaint), after \("\(input)".prefix(80))"
            )
        }
    }

    /// Runs until `duration` has passed, or `isOver` says so after some event.
    mutating func run(for duration: Duration, until isOver: (World) -> Bool = { _ in false }) {
        let end = now.advanced(by: duration)
        while !isOver(self) {
            var alarm: (host: Int, at: Instant)?
            for (host, deadline) in deadlines.enumerated() {
                guard let deadline, alarm.map({ deadline < $0.at }) ?? true else { continue }
                alarm = (host, deadline)
            }
            let next = agenda.indices.min {
                (agenda[$0].at, agenda[$0].order) < (agenda[$1].at, agenda[$1].order)
            }
            let happeningAt = next.map { agenda[$0].at } ?? .distantFuture
            if let alarm, alarm.at < happeningAt {
                guard alarm.at <= end else { break }
                now = max(now, alarm.at)
                feed(alarm.host, .deadline)
            } else if let next, happeningAt <= end {
                let happening = agenda.remove(at: next)
                now = max(now, happening.at)
                guard hosts[happening.host].life == happening.life else { continue }
                feed(happening.host, happening.input)
            } else {
                break
            }
        }
        if !isOver(self) { now = end }
    }

    func snapshot(_ host: Int) -> Snapshot { hosts[host].node.snapshot(now: now) }

    mutating func schedule(_ host: Int, _ input: Node.Input, after delay: Duration) {
        order += 1
        agenda.append(
            Happening(
                at: now.advanced(by: delay),
                order: order,
                host: host,
                life: hosts[host].life,
                input: input
            )
        )
    }

    private mutating func perform(_ effect: Node.Effect, of host: Int) {
        switch effect {
        case .dial(let connection, let address, let expected):
            dial(connection, address, expecting: expected, from: host)
        case .handshake(let connection):
            shakeHands(host, connection)
        case .send(let connection, let channel, let message):
            guard let link = hosts[host].links[connection] else { return }
            if !isCut(host, link.host) {
                schedule(link.host, .received(link.connection, channel, message), after: latency)
            }
            schedule(
                host,
                .sent(connection, channel, messages: 1, bytes: message.count),
                after: .zero
            )
        case .close(let connection, _, _):
            guard let link = hosts[host].links.removeValue(forKey: connection) else { return }
            if !isCut(host, link.host) { breakOff(link, .closedByPeer) }
        case .resolve(let lookup, let name, _):
            schedule(host, .resolved(lookup, names[name] ?? [], ttl: .seconds(60)), after: latency)
        case .persist(let batch, let changes):
            hosts[host].rows += changes
            schedule(host, .persisted(batch: batch), after: .milliseconds(1))
        case .load(let load, _):
            // Nothing here has a chain, which is all that reads by ranges.
            schedule(host, .loadedRange(load, []), after: .milliseconds(1))
        case .emit(let event):
            hosts[host].events.append(event)
        case .reported: break
        case .stopped:
            kill(host)
        }
    }

    mutating func breakOff(_ link: Link, _ reason: CloseReason) {
        let other = hosts[link.host].links.removeValue(forKey: link.connection)
        guard let other else { return }
        let input: Node.Input =
            other.isAuthenticated
            ? .closed(link.connection, reason) : .failed(link.connection, reason, id: nil)
        schedule(link.host, input, after: latency)
    }

    private mutating func dial(
        _ connection: ConnectionID,
        _ address: SocketAddress,
        expecting expected: NodeID?,
        from host: Int
    ) {
        let target = hosts.firstIndex {
            $0.isUp && $0.birth.configuration.listenAddress == address
        }
        guard let target else {
            schedule(host, .failed(connection, .connectRefused, id: nil), after: latency)
            return
        }
        if isCut(host, target) {
            schedule(host, .failed(connection, .connectTimeout, id: nil), after: .seconds(3))
            return
        }
        if let expected, hosts[target].birth.ownID != expected {
            schedule(
                host,
                .failed(connection, .wrongID, id: hosts[target].birth.ownID),
                after: latency
            )
            return
        }
        hosts[target].acceptedCount += 1
        let accepted = ConnectionID.accepted(
            hosts[target].acceptedCount + UInt64(hosts[target].life) << 32
        )
        hosts[host].links[connection] = Link(host: target, connection: accepted)
        hosts[target].links[accepted] = Link(host: host, connection: connection)
        var from = hosts[host].birth.configuration.listenAddress
        from.port = UInt16(40_000 + order % 20_000)
        schedule(target, .accepted(accepted, from: from), after: latency)
    }

    private mutating func shakeHands(_ host: Int, _ connection: ConnectionID) {
        guard let link = hosts[host].links[connection], !isCut(host, link.host) else { return }
        hosts[host].links[connection]?.isAuthenticated = true
        hosts[link.host].links[link.connection]?.isAuthenticated = true
        schedule(host, authenticated(connection, of: host, with: link.host), after: latency * 2)
        schedule(
            link.host,
            authenticated(link.connection, of: link.host, with: host),
            after: latency * 2
        )
    }

    private func authenticated(
        _ connection: ConnectionID,
        of host: Int,
        with other: Int
    ) -> Node.Input {
        let isPlain = hosts[host].isPlain || hosts[other].isPlain
        let birth = hosts[other].birth
        let info = NodeInfo(
            id: birth.ownID,
            listenAddress: "\(birth.configuration.listenAddress)",
            network: birth.configuration.network,
            version: "test",
            channels: hosts[other].node.channels.map(\.id).filter { !isPlain || $0 != .lifecycle },
            moniker: birth.configuration.moniker
        )
        return .authenticated(
            connection,
            birth.ownID,
            info,
            remote: birth.configuration.listenAddress
        )
    }
}
