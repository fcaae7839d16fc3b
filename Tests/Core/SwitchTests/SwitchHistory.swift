import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// A random life of one switch, with a model beside it that knows which sockets live, what each
/// reactor was told and what is queued, and that objects to whatever does not fit.
struct SwitchHistory {
    private(set) var rig: SwitchRig
    private var random: Random
    private var sockets: [(name: ConnectionID, node: Int, handle: Int?)] = []
    private var stages: [[PeerID: Stage]] = [[:], [:]]
    private var up: [PeerID: ConnectionID] = [:]
    private var owed: [PeerID: Int] = [:]
    private var queues: [Line: [Int]] = [:]
    private var freshHandle = 1000
    private(set) var complaints: [String] = []
    private(set) var messageCount = 0

    private enum Stage { case initialized, added }

    private struct Line: Hashable {
        var connection: ConnectionID
        var channel: ChannelID
    }

    init(random: Random) {
        self.random = random
        var random = random
        rig = SwitchRig { settings in
            settings.inboundLimit = random.below(6)
            settings.allowsDuplicateIP = random.chance(1, in: 2)
            settings.unconditional = [SwitchRig.id(97), SwitchRig.id(103)]
            settings.persistent = [98, 103].map {
                .init(
                    peer: SwitchRig.peer($0),
                    id: SwitchRig.id($0),
                    address: SwitchRig.address($0)
                )
            }
            settings.persistentDialPeriodLimit = .seconds(20)
        }
        feed(.start)
    }

    /// Nodes on both sides of our own id, 100, and that id.
    private mutating func node() -> Int { 96 + random.below(9) }

    mutating func step() {
        switch random.below(20) {
        case 0...2: dial()
        case 3...5: accept()
        case 6...9: authenticate()
        case 10: fail()
        case 11...12: receive()
        case 13...14: send()
        case 15: drain()
        case 16: feed(.stop(SwitchRig.peer(node()), .demoted, flush: random.chance(1, in: 2)))
        case 17: ban()
        case 18: rename()
        default:
            rig.now = rig.now.advanced(by: random.duration(from: .zero, to: .seconds(4)))
            feed(.deadline)
        }
        check()
    }

    mutating func stop() {
        feed(.stopAll)
        check()
        expect(sockets.isEmpty, "sockets outlived the stop")
        expect(rig.subject.peers.isEmpty, "peers outlived the stop")
        expect(rig.subject.nextDeadline == nil, "a deadline outlived the stop")
        expect(owed.values.allSatisfy { $0 == 0 }, "dials went without an answer")
        expect(rig.subject.credit == Credit(), "credit outlived the stop")
    }

    // MARK: - Steps

    private mutating func dial() {
        let node = node()
        if random.chance(1, in: 2) {
            owed[SwitchRig.peer(node), default: 0] += 1
            feed(
                .dial(SwitchRig.peer(node), SwitchRig.address(node), expecting: SwitchRig.id(node))
            )
        } else {
            // By address alone, under a handle that turns out to be the node's when it answers.
            freshHandle += 1
            owed[SwitchRig.peer(freshHandle), default: 0] += 1
            let address = SwitchRig.address(node, port: 7)
            feed(.dial(SwitchRig.peer(freshHandle), address, expecting: nil))
        }
    }

    private mutating func accept() {
        let node = node()
        let name = rig.nextAccepted()
        sockets.append((name, node, nil))
        feed(.accepted(name, from: SwitchRig.address(node, port: 5000)))
    }

    private mutating func authenticate() {
        guard let socket = pick() else { return }
        if let handle = socket.handle, handle != socket.node, random.chance(3, in: 4) {
            merge(SwitchRig.peer(socket.node), other: SwitchRig.peer(handle))
        }
        var who = SwitchRig.who(socket.node)
        if random.chance(1, in: 4) { who.info.channels = [0x21, 0x44] }
        feed(.authenticated(socket.name, who))
    }

    private mutating func fail() {
        guard let socket = pick() else { return }
        sockets.removeAll { $0.name == socket.name }
        feed(
            random.chance(1, in: 2)
                ? .failed(socket.name, .connectRefused) : .closed(socket.name, .closedByPeer)
        )
    }

    private mutating func receive() {
        guard let socket = pick() else { return }
        let channels: [ChannelID] = [0x10, 0x20, 0x21, 0x10, 0x20, 0x21, 0x55]
        let channel = channels[random.below(channels.count)]
        feed(.received(socket.name, channel, [UInt8](repeating: 0, count: random.below(103))))
    }

    private mutating func send() {
        let peer = SwitchRig.peer(node())
        let channels: [ChannelID] = [0x10, 0x21, 0x44]
        let channel = channels[random.below(channels.count)]
        let bytes = [UInt8](repeating: 0, count: random.below(9))
        let effects: [Outbox<Never>.Effect] = rig.subject.withOutbox { outbox in
            _ = outbox.send(bytes, on: channel, to: peer)
        }
        for case .send(let peer, let channel, let bytes) in effects {
            guard let connection = up[peer] else {
                complaints.append("credit for \(peer), which is not up")
                continue
            }
            queues[Line(connection: connection, channel: channel), default: []].append(bytes.count)
            feed(.send(peer, channel, bytes))
        }
    }

    private mutating func drain() {
        for connection in up.values.sorted() where random.chance(1, in: 2) {
            for channel in [0x10, 0x20, 0x21] as [ChannelID] {
                let line = Line(connection: connection, channel: channel)
                guard let queue = queues[line], !queue.isEmpty else { continue }
                let count = 1 + random.below(queue.count)
                queues[line] = Array(queue.dropFirst(count))
                let bytes = queue.prefix(count).reduce(0, +)
                feed(.sent(connection, channel, messages: count, bytes: bytes))
            }
        }
    }

    private mutating func ban() {
        let id = SwitchRig.id(node())
        let until = rig.now.advanced(by: .seconds(random.below(10)))
        feed(.ban(id, until: random.chance(1, in: 3) ? nil : until))
    }

    /// A dial by address turns out, before it answers, to be a node's.
    private mutating func rename() {
        guard let socket = pick(), let handle = socket.handle else { return }
        merge(SwitchRig.peer(socket.node), other: SwitchRig.peer(handle))
    }

    private mutating func merge(_ peer: PeerID, other: PeerID) {
        guard peer != other else { return }
        feed(.merge(peer, other: other))
        owed[peer, default: 0] += owed.removeValue(forKey: other) ?? 0
        for index in sockets.indices where sockets[index].handle == Int(other.rawValue) {
            sockets[index].handle = Int(peer.rawValue)
        }
    }

    private mutating func pick() -> (name: ConnectionID, node: Int, handle: Int?)? {
        sockets.isEmpty ? nil : sockets[random.below(sockets.count)]
    }

    // MARK: - The model

    private mutating func feed(_ input: Switch.Input) {
        for effect in rig.handle(input) { perform(effect) }
    }

    private mutating func perform(_ effect: Switch.Effect) {
        switch effect {
        case .dial(let name, let address, _):
            expect(name.isOutbound, "\(name) is not ours to name")
            expect(!sockets.contains { $0.name == name }, "\(name) dialed twice")
            let node = Int((address.ip.v4 ?? 0) - 0x0A00_0000)
            sockets.append((name, node, address.port == 7 ? freshHandle : node))
        case .handshake(let name), .send(let name, _, _): expectLive(name)
        case .close(let name, _, _):
            expectLive(name)
            sockets.removeAll { $0.name == name }
        case .tell(let reactor, let event): tell(reactor, event)
        case .connected(let peer):
            expectLive(peer.connection)
            expect(up.updateValue(peer.connection, forKey: peer.id) == nil, "\(peer.id) came twice")
            // It answers every dial to that peer, also one that was merged into it.
            owed[peer.id] = 0
        case .disconnected(let peer, _):
            expect(up.removeValue(forKey: peer.id) == peer.connection, "\(peer.id) was not up")
            queues = queues.filter { $0.key.connection != peer.connection }
        case .dialFailed(let peer, let reason):
            expect(owed[peer, default: 0] > 0, "\(peer) failed for \(reason), but nobody asked")
            owed[peer, default: 0] -= 1
        case .note: break
        }
    }

    /// `initPeer receive* (addPeer (receive | sendable)* removePeer | removePeer)`.
    private mutating func tell(_ reactor: Int, _ event: ReactorEvent) {
        switch event {
        case .initPeer(let peer):
            let before = stages[reactor].updateValue(.initialized, forKey: peer.id)
            expect(before == nil, "initPeer \(peer.id) before removePeer")
        case .addPeer(let peer):
            let before = stages[reactor].updateValue(.added, forKey: peer.id)
            expect(before == .initialized, "addPeer \(peer.id) without initPeer")
        case .receive(let channel, _, let peer):
            messageCount += 1
            expect(stages[reactor][peer] != nil, "a message of \(peer), which is not there")
            let owns = SwitchRig.channels[reactor].contains { $0.id == channel }
            expect(owns, "a message on \(channel) for reactor \(reactor)")
        case .sendable(_, let peer):
            expect(stages[reactor][peer] == .added, "\(peer) is sendable, but not added")
        case .removePeer(let peer, _):
            let before = stages[reactor].removeValue(forKey: peer)
            expect(before != nil, "removePeer \(peer) without initPeer")
        case .deadline: complaints.append("deadlines are the node's to tell")
        }
    }

    private mutating func check() {
        let peers = rig.subject.peers
        expect(Set(peers.map(\.nodeID)).count == peers.count, "a node is there twice")
        expect(stages[0].keys == stages[1].keys, "reactors disagree on who is there")
        expect(Set(peers.map(\.id)) == Set(up.keys), "peers differ from what was told")
        for peer in peers {
            for channel in SwitchRig.channels.joined() {
                let queue = queues[Line(connection: peer.connection, channel: channel.id)] ?? []
                expect(queue.count <= channel.sendQueueLimit, "\(queue.count) messages queued")
                let room =
                    peer.channels.contains(channel.id) && queue.count < channel.sendQueueLimit
                let allows = rig.subject.credit.allows(peer.id, channel.id)
                expect(allows == room, "credit of \(peer.id) on \(channel.id): \(allows)")
            }
        }
    }

    private mutating func expectLive(_ name: ConnectionID) {
        expect(sockets.contains { $0.name == name }, "an effect on \(name), which is gone")
    }

    private mutating func expect(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds { complaints.append(complaint()) }
    }
}
