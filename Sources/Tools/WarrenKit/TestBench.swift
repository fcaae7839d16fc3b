public import WarrenObservation
public import WarrenPrimitives
public import WarrenSwitch

/// A reactor on a bench: peers come and go, messages arrive and queues fill when a test says so.
///
/// It keeps the reactor inside the grammar of ``Reactor`` as a node does, so a test cannot ask of
/// it what no node would.
///
/// ```swift
/// var bench = TestBench(Rumour(name: "x"))
/// let peer = bench.add(channels: [0x60])
/// bench.receive([1, 2, 3], on: 0x60, from: peer)
/// #expect(bench.stopped == [peer: .badMessage])
/// ```
public struct TestBench<Subject: Reactor>: Sendable {
    public var reactor: Subject
    /// The reactor's clock; move it forward with ``advance(by:)``.
    public private(set) var now: Instant
    /// What the reactor sent and nobody took yet, in order.
    public private(set) var sent: [Message] = []
    public private(set) var reports: [Subject.Report] = []
    /// The peers that the reactor stopped, and why.
    public private(set) var stopped: [PeerID: CloseReason] = [:]
    public private(set) var peers: [Peer] = []

    private var credit = Credit()
    private var random: Random
    private var peerCount: UInt32 = 0

    /// A message on its way to a peer.
    public struct Message: Hashable, Sendable {
        public var channel: ChannelID
        public var bytes: [UInt8]
        public var peer: PeerID

        public init(_ bytes: [UInt8], on channel: ChannelID, to peer: PeerID) {
            self.channel = channel
            self.bytes = bytes
            self.peer = peer
        }
    }

    public init(_ reactor: Subject, now: Instant = .epoch, seed: UInt64 = 1) {
        self.reactor = reactor
        self.now = now
        random = Random(seed: seed)
    }

    /// A new peer that lists `channels` connects: `initPeer`, then `addPeer`.
    public mutating func add(
        channels: [ChannelID],
        isOutbound: Bool = true,
        moniker: String = "peer"
    ) -> PeerID {
        peerCount += 1
        let number = peerCount
        let low = (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        guard let nodeID = NodeID([UInt8](repeating: 0, count: NodeID.byteCount - 4) + low) else {
            preconditionFailure("a node id has \(NodeID.byteCount) bytes")
        }
        let peer = Peer(
            id: PeerID(rawValue: number),
            nodeID: nodeID,
            moniker: moniker,
            channels: channels,
            isOutbound: isOutbound,
            isPersistent: false,
            isUnconditional: false,
            connection: isOutbound ? .dialed(UInt64(number)) : .accepted(UInt64(number)),
            remote: SocketAddress(ip: IPAddress(v4: 0x7F00_0000 + number), port: 26656),
            listenAddress: nil
        )
        peers.append(peer)
        // No credit yet: a peer may be sent to from `addPeer` on.
        tell(.initPeer(peer))
        for channel in reactor.channels where channels.contains(channel.id) {
            credit.open(peer.id, channel)
        }
        tell(.addPeer(peer))
        return peer.id
    }

    /// The peer says something; what it says after it is gone is lost.
    public mutating func receive(_ bytes: [UInt8], on channel: ChannelID, from peer: PeerID) {
        guard peers.contains(where: { $0.id == peer }) else { return }
        tell(.receive(channel, bytes, from: peer))
    }

    /// The peer hangs up, or the node ends the connection.
    public mutating func remove(_ peer: PeerID, _ reason: CloseReason = .closedByPeer) {
        guard let index = peers.firstIndex(where: { $0.id == peer }) else { return }
        peers.remove(at: index)
        for channel in reactor.channels { credit.close(peer, channel.id) }
        sent.removeAll { $0.peer == peer }
        tell(.removePeer(peer, reason))
    }

    /// Takes what the reactor sent so far off its queues: credit comes back, and a reactor that
    /// was refused some is told `sendable`.
    public mutating func takeSent() -> [Message] {
        let messages = sent
        sent = []
        for message in messages {
            let wakes = credit.restore(
                message.peer,
                message.channel,
                messages: 1,
                bytes: message.bytes.count
            )
            if wakes { tell(.sendable(message.channel, message.peer)) }
        }
        return messages
    }

    /// Lets time pass, and tells the reactor `deadline` at each of its own on the way.
    ///
    /// A deadline that stays where it was is told once.
    public mutating func advance(by duration: Duration) {
        let end = now.advanced(by: duration)
        var last: Instant?
        while let due = reactor.nextDeadline, due <= end, due != last {
            now = max(now, due)
            last = due
            tell(.deadline)
        }
        now = end
    }

    private mutating func tell(_ event: ReactorEvent) {
        var outbox = Outbox<Subject.Report>(credit: credit)
        reactor.handle(event, now: now, random: &random, into: &outbox)
        credit = outbox.credit
        for effect in outbox.effects {
            switch effect {
            case .send(let peer, let channel, let bytes):
                sent.append(Message(bytes, on: channel, to: peer))
            case .stop(let peer, let reason, _):
                guard peers.contains(where: { $0.id == peer }) else { continue }
                stopped[peer] = reason
                remove(peer, reason)
            case .report(let report): reports.append(report)
            case .note: break
            }
        }
    }
}
