import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

/// Routing reactors joined by links that deliver at once, in virtual time.
final class RoutingNet {
    struct Member {
        var reactor: Routing
        var credit = Credit()
        var address: PeerAddress
        var links: Set<Int> = []
        var found: [[NodeID]] = []
        /// What was being looked for each time.
        var targets: [RoutingKey] = []
        var stopped: [CloseReason] = []
    }

    var members: [Member] = []
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var random: Random
    /// Whether whoever is named gets connected to.
    var connectsToNamed = true
    private var numbers: [NodeID: Int] = [:]
    private var queue: [(to: Int, from: Int, bytes: [UInt8])] = []
    private var named: [(by: Int, NodeID)] = []

    init(seed: UInt64) { random = Random(seed: seed) }

    func add(_ configure: (inout Routing.Settings) -> Void = { _ in }) {
        let number = members.count
        let id = routingID(random.next(), high: UInt8(random.below(256)))
        var settings = Routing.Settings(ownID: id)
        configure(&settings)
        let host = UInt32(0x0B00_0001) + UInt32(number) << 16
        members.append(
            Member(
                reactor: Routing(settings: settings),
                address: PeerAddress(
                    id: id,
                    socket: SocketAddress(ip: IPAddress(v4: host), port: 3001)
                )
            )
        )
        numbers[id] = number
    }

    func id(_ number: Int) -> NodeID { members[number].address.id }

    func handle(_ number: Int) -> PeerID { PeerID(rawValue: UInt32(number) + 1) }

    func connect(_ one: Int, _ other: Int) {
        guard one != other, members[one].links.insert(other).inserted else { return }
        members[other].links.insert(one)
        for (here, there, isOutbound) in [(one, other, true), (other, one, false)] {
            for channel in members[here].reactor.channels {
                members[here].credit.open(handle(there), channel)
            }
            let peer = Peer(
                id: handle(there),
                nodeID: id(there),
                moniker: "",
                channels: members[there].reactor.channels.map(\.id),
                isOutbound: isOutbound,
                isPersistent: false,
                isUnconditional: false,
                connection: .dialed(UInt64(there)),
                remote: members[there].address.socket,
                listenAddress: members[there].address.socket
            )
            tell(here, .initPeer(peer))
            tell(here, .addPeer(peer))
        }
        for (here, there) in [(one, other), (other, one)] { use(here, there, true) }
    }

    func disconnect(_ one: Int, _ other: Int) {
        guard members[one].links.remove(other) != nil else { return }
        members[other].links.remove(one)
        tell(one, .removePeer(handle(other), .notWanted))
        tell(other, .removePeer(handle(one), .notWanted))
    }

    func use(_ number: Int, _ other: Int, _ isUsed: Bool) {
        act(number) { reactor, outbox in
            reactor.use(handle(other), isUsed, now: now, into: &outbox)
        }
    }

    func tell(_ number: Int, _ event: ReactorEvent) {
        act(number) { reactor, outbox in
            reactor.handle(event, now: now, random: &random, into: &outbox)
        }
    }

    func look(_ number: Int, for target: NodeID) {
        act(number) { reactor, outbox in reactor.look(for: target, now: now, into: &outbox) }
    }

    /// Looks for the nodes nearest to `target`, connecting to everybody on the way, and hangs up.
    func search(from number: Int, for target: NodeID) -> [NodeID]? {
        let before = members[number].links
        for address in members[number].reactor.table.closest(to: RoutingKey(target)) {
            if let other = numbers[address.id] { connect(number, other) }
        }
        members[number].found = []
        members[number].targets = []
        look(number, for: target)
        let key = RoutingKey(target)
        run(number) { members[number].targets.contains(key) }
        for other in members[number].links.subtracting(before).sorted() {
            disconnect(number, other)
        }
        let place = members[number].targets.firstIndex(of: key)
        return place.map { members[number].found[$0] }
    }

    /// Delivers, and lets time pass for one member, until `isOver` or nothing is to come soon.
    func run(_ number: Int, for limit: Duration = .seconds(120), until isOver: () -> Bool) {
        let end = now.advanced(by: limit)
        while !isOver() {
            if !queue.isEmpty {
                deliver()
            } else if !named.isEmpty {
                let (by, id) = named.removeFirst()
                if connectsToNamed, let other = numbers[id] { connect(by, other) }
            } else {
                guard let due = members[number].reactor.nextDeadline, due <= end else { return }
                now = max(now, due)
                tell(number, .deadline)
            }
        }
    }

    func deliver() {
        while !queue.isEmpty {
            let (to, from, bytes) = queue.removeFirst()
            guard members[to].links.contains(from) else { continue }
            tell(to, .receive(.routing, bytes, from: handle(from)))
        }
    }

    func inject(_ bytes: [UInt8], from: Int, to: Int) { queue.append((to, from, bytes)) }

    /// Messages on their way, all of which are lost.
    func lose() -> Int {
        defer { queue = [] }
        return queue.count
    }

    private func act(
        _ number: Int,
        _ body: (inout Routing, inout Outbox<Routing.Report>) -> Void
    ) {
        // Moved, not shared: what is shared is copied by the first change.
        var outbox = Outbox<Routing.Report>(credit: members[number].credit)
        members[number].credit = Credit()
        body(&members[number].reactor, &outbox)
        members[number].credit = outbox.credit
        for effect in outbox.effects {
            switch effect {
            case .send(let peer, let channel, let bytes):
                queue.append((Int(peer.rawValue) - 1, number, bytes))
                _ = members[number].credit.restore(
                    peer,
                    channel,
                    messages: 1,
                    bytes: bytes.count
                )
            case .stop(_, let reason, _): members[number].stopped.append(reason)
            case .report(.requested(let peer)):
                act(number) { reactor, outbox in
                    if let nearest = reactor.nearest(wantedBy: peer, isShared: { _ in true }) {
                        reactor.answer(peer, nearest, into: &outbox)
                    }
                }
            case .report(.learnt(_, let contacts)):
                named += contacts.map { (number, $0.id) }
            case .report(.found(let target, let ids)):
                members[number].found.append(ids)
                members[number].targets.append(target)
            case .report(.misbehaved), .note: break
            }
        }
    }
}
