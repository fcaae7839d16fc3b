import WarrenKit
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// Switches in memory, each with a rumour, joined by carrying out each other's effects.
struct RumourWorld {
    private(set) var nodes: [Node] = []
    private(set) var messageCount = 0
    private var events: [(node: Int, input: Switch.Input)] = []
    private var ends: [End: End] = [:]
    private var acceptedCount: UInt64 = 0
    private var now = Instant.epoch

    struct Node {
        var `switch`: Switch
        var rumour: RumourReactor
        var random: Random
        var reports: [UInt64] = []
        var closes: [CloseReason] = []

        mutating func handle(_ input: Switch.Input, now: Instant) -> [Switch.Effect] {
            var effects: [Switch.Effect] = []
            self.switch.handle(input, now: now, random: &random, into: &effects)
            return effects
        }

        mutating func tell(_ event: ReactorEvent, now: Instant) -> [Outbox<UInt64>.Effect] {
            self.switch.deliver(event, to: &rumour, now: now, random: &random)
        }
    }

    struct End: Hashable {
        var node: Int
        var connection: ConnectionID
    }

    init(count: Int, seed: UInt64) {
        let random = Random(seed: seed)
        for index in 0..<count {
            let rumour = RumourReactor(rumour: UInt64(index))
            let settings = Switch.Settings(ownID: Self.id(index))
            nodes.append(
                Node(
                    switch: Switch(settings: settings, reactors: [rumour.channels]),
                    rumour: rumour,
                    random: random.fork(UInt64(index))
                )
            )
        }
    }

    private static func id(_ index: Int) -> NodeID {
        let bytes = [UInt8](repeating: 0, count: 19) + [UInt8(index)]
        guard let id = NodeID(bytes) else { preconditionFailure("an id has 20 bytes") }
        return id
    }

    private static func address(_ index: Int) -> SocketAddress {
        SocketAddress(ip: IPAddress(v4: 0x7F00_0001 + UInt32(index)), port: 26656)
    }

    mutating func dial(_ node: Int, to other: Int) {
        let peer = PeerID(rawValue: UInt32(other))
        events.append((node, .dial(peer, Self.address(other), expecting: Self.id(other))))
    }

    /// A node says something out of turn.
    mutating func forge(_ message: [UInt8], from node: Int, to other: Int) {
        guard let peer = nodes[node].switch.peer(of: Self.id(other)) else { return }
        events.append((node, .send(peer.id, RumourReactor.channel, message)))
    }

    /// Carries out everything, oldest first, until nothing is left.
    mutating func run() {
        while !events.isEmpty {
            let (node, input) = events.removeFirst()
            feed(input, to: node)
        }
    }

    private mutating func feed(_ input: Switch.Input, to node: Int) {
        let effects = nodes[node].handle(input, now: now)
        for effect in effects { perform(effect, at: node) }
    }

    private mutating func perform(_ effect: Switch.Effect, at node: Int) {
        switch effect {
        case .dial(let connection, let address, _):
            acceptedCount += 1
            let other = Int((address.ip.v4 ?? 0) - 0x7F00_0001)
            let accepted = ConnectionID.accepted(acceptedCount)
            join(End(node: node, connection: connection), End(node: other, connection: accepted))
            events.append((other, .accepted(accepted, from: Self.address(node))))
        case .handshake(let connection):
            guard let other = ends[End(node: node, connection: connection)] else { return }
            events.append((node, .authenticated(connection, who(other.node))))
            events.append((other.node, .authenticated(other.connection, who(node))))
        case .send(let connection, let channel, let message):
            guard let other = ends[End(node: node, connection: connection)] else { return }
            messageCount += 1
            events.append((other.node, .received(other.connection, channel, message)))
            events.append((node, .sent(connection, channel, messages: 1, bytes: message.count)))
        case .close(let connection, let reason, _):
            nodes[node].closes.append(reason)
            guard let other = ends[End(node: node, connection: connection)] else { return }
            events.append((other.node, .closed(other.connection, .closedByPeer)))
        case .tell(_, let event): tell(event, to: node)
        case .connected, .disconnected, .dialFailed, .note: break
        }
    }

    private mutating func tell(_ event: ReactorEvent, to node: Int) {
        let wishes = nodes[node].tell(event, now: now)
        for wish in wishes {
            if let input = wish.input { events.append((node, input)) }
            if case .report(let report) = wish { nodes[node].reports.append(report) }
        }
    }

    private mutating func join(_ one: End, _ other: End) {
        ends[one] = other
        ends[other] = one
    }

    private func who(_ node: Int) -> Switch.Authenticated {
        Switch.Authenticated(
            peer: PeerID(rawValue: UInt32(node)),
            id: Self.id(node),
            info: NodeInfo(
                id: Self.id(node),
                listenAddress: Self.address(node).description,
                network: "rumours",
                version: "1",
                channels: [RumourReactor.channel],
                moniker: "node \(node)"
            ),
            remote: Self.address(node)
        )
    }
}
