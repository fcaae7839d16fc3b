import WarrenChain
import WarrenGossip
import WarrenHandshake
import WarrenNIO
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

/// Carries an ``Adversary`` over a real SecretConnection to a real node.
///
/// On 0x70 it does what an honest peer would: it says hello, answers, and uses the node as a hot
/// peer.
final class RawAdversary {
    private static let chainChannels = [
        GossipChannel.chain, GossipChannel.blocks, GossipChannel.transactions,
    ]
    /// Bytes of one packet's payload: fewer than any node allows.
    private static let pieceLimit = 1000
    /// Between two looks at the clock, while nothing comes.
    private static let period: Duration = .milliseconds(200)

    private let peer: RawPeer
    private var adversary: Adversary
    private var partial: [Int32: [UInt8]] = [:]

    /// Connects, and introduces itself as one that listens where nobody can dial it.
    init(_ adversary: Adversary, to node: HostPort, key: NodeKey, network: String) throws {
        self.adversary = adversary
        peer = try RawPeer(to: node, key: key)
        try peer.shake()
        let info = NodeInfo(
            id: key.id,
            listenAddress: "127.0.0.1:1",
            network: network,
            version: "test",
            channels: [.peerExchange, .lifecycle] + Self.chainChannels,
            moniker: adversary.rule.rawValue
        )
        try peer.say(ProtobufWriter.delimited(info.encoded))
        _ = try peer.hearInfo()
        let hello = Lifecycle.Hello(diffusionMode: .initiatorAndResponder, sharesPeers: false)
        try say(LifecycleMessage.hello(hello).bytes, on: .lifecycle)
        try say(LifecycleMessage.use(epoch: 1, .hot).bytes, on: .lifecycle)
    }

    /// Goes on until the node hangs up; false if it does not in time.
    func isSentAway(within limit: Duration) -> Bool {
        let end = ContinuousClock.now.advanced(by: limit)
        while ContinuousClock.now < end {
            do {
                try hear()
            } catch is RawPeer.Silence {
                guard (try? speak(adversary.tick(now: now))) != nil else { return true }
            } catch {
                return true
            }
        }
        return false
    }

    private var now: Instant { SystemClock().now }

    private func hear() throws {
        switch try peer.hear(within: Self.period) {
        case .ping: try peer.sayPacket([0x12, 0x00])
        case .pong: break
        case .message(let channel, let isLast, let piece):
            partial[channel, default: []] += piece
            guard isLast, let bytes = partial.removeValue(forKey: channel) else { return }
            guard let channel = UInt8(exactly: channel).map({ ChannelID(rawValue: $0) }) else {
                return
            }
            if channel == .lifecycle { return try live(bytes) }
            try speak(adversary.hear(channel, bytes, now: now))
        }
    }

    private func live(_ bytes: [UInt8]) throws {
        switch try LifecycleMessage(bytes.span) {
        case .keepAlive(let cookie):
            try say(LifecycleMessage.keepAliveReply(cookie: cookie).bytes, on: .lifecycle)
        case .use(let epoch, _):
            try say(LifecycleMessage.useAck(epoch: epoch).bytes, on: .lifecycle)
        case .useAck: try speak(adversary.begin())
        case .hello, .keepAliveReply: break
        }
    }

    private func speak(_ words: [Adversary.Word]) throws {
        for word in words { try say(word.bytes, on: word.channel) }
    }

    private func say(_ bytes: [UInt8], on channel: ChannelID) throws {
        var rest = bytes[...]
        repeat {
            let piece = rest.prefix(Self.pieceLimit)
            rest = rest.dropFirst(Self.pieceLimit)
            try peer.sayMessage(UInt64(channel.rawValue), isLast: rest.isEmpty, Array(piece))
        } while !rest.isEmpty
    }
}
