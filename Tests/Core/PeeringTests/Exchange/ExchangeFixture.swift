import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

/// The reactor with what a switch would hold for it.
final class Exchange {
    var reactor: PeerExchange
    var credit = Credit()
    var random = Random(seed: 3)
    var now = Instant(nanoseconds: 1_000_000_000_000)
    /// What the reactor asked for since ``clear()``.
    var sent: [Sent] = []
    var stopped: [Stopped] = []
    var reports: [PeerExchange.Report] = []

    struct Sent: Equatable {
        var peer: PeerID
        var bytes: [UInt8]
    }

    struct Stopped: Equatable {
        var peer: PeerID
        var reason: CloseReason
        var flush: Bool
    }

    init(_ change: (inout PeerExchange.Settings) -> Void = { _ in }) {
        var settings = PeerExchange.Settings()
        change(&settings)
        reactor = PeerExchange(settings: settings)
    }

    static func peer(
        _ number: UInt32,
        outbound: Bool = true,
        channels: [ChannelID] = [.peerExchange]
    ) -> Peer {
        Peer(
            id: PeerID(rawValue: number),
            nodeID: nodeID(number),
            moniker: "peer \(number)",
            channels: channels,
            isOutbound: outbound,
            isPersistent: false,
            isUnconditional: false,
            connection: .dialed(UInt64(number)),
            remote: socket("8.8.8.8"),
            listenAddress: socket("8.8.8.8")
        )
    }

    @discardableResult
    func connect(_ number: UInt32, outbound: Bool = true, channels: [ChannelID] = [.peerExchange])
        -> PeerID
    {
        let peer = Self.peer(number, outbound: outbound, channels: channels)
        for channel in reactor.channels { credit.open(peer.id, channel) }
        tell(.initPeer(peer))
        tell(.addPeer(peer))
        return peer.id
    }

    func disconnect(_ peer: PeerID) { tell(.removePeer(peer, .closedByPeer)) }

    func tell(_ event: ReactorEvent) {
        act { reactor, outbox in
            reactor.handle(event, now: now, random: &random, into: &outbox)
        }
    }

    func receive(_ message: ExchangeMessage, from peer: PeerID) {
        tell(.receive(.peerExchange, message.bytes, from: peer))
    }

    @discardableResult
    func ask(_ peer: PeerID) -> Bool {
        act { reactor, outbox in reactor.ask(peer, now: now, into: &outbox) }
    }

    @discardableResult
    func answer(_ peer: PeerID, _ addresses: [PeerAddress]) -> Bool {
        act { reactor, outbox in reactor.answer(peer, addresses, into: &outbox) }
    }

    /// Answers whatever was requested.
    func answerAll(_ addresses: [PeerAddress] = []) {
        for case .requested(let peer) in reports { answer(peer, addresses) }
    }

    func wait(_ duration: Duration) { now = now.advanced(by: duration) }

    func clear() {
        sent = []
        stopped = []
        reports = []
    }

    private func act<Result>(
        _ body: (inout PeerExchange, inout Outbox<PeerExchange.Report>) -> Result
    ) -> Result {
        var outbox = Outbox<PeerExchange.Report>(credit: credit)
        let result = body(&reactor, &outbox)
        credit = outbox.credit
        for effect in outbox.effects {
            switch effect {
            case .send(let peer, _, let bytes): sent.append(Sent(peer: peer, bytes: bytes))
            case .stop(let peer, let reason, let flush):
                stopped.append(Stopped(peer: peer, reason: reason, flush: flush))
            case .report(let report): reports.append(report)
            case .note: break
            }
        }
        return result
    }
}
