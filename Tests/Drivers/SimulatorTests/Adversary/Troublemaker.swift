import WarrenChain
import WarrenGossip
import WarrenPrimitives
import WarrenSwitch

/// Carries an ``Adversary`` for each of its peers, in a node that has no chain of its own.
struct Troublemaker: Reactor {
    /// Between two looks at the clock, and after how long the peer surely knows that it is used.
    static let period: Duration = .seconds(1)
    static let patience: Duration = .seconds(20)

    let adversary: Adversary
    private var rows = Roster<PeerID, Row>()
    private(set) var nextDeadline: Instant?

    private struct Row {
        var adversary: Adversary
        var beginsAt: Instant?
    }

    init(_ adversary: Adversary) { self.adversary = adversary }

    var name: String { "troublemaker" }

    var channels: [ChannelDescriptor] {
        [GossipChannel.chain, GossipChannel.blocks, GossipChannel.transactions].map {
            ChannelDescriptor(id: $0, receiveMessageLimit: GossipChannel.largeByteLimit)
        }
    }

    mutating func handle(
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Never>
    ) {
        switch event {
        case .initPeer: break
        case .addPeer(let peer):
            rows[peer.id] = Row(
                adversary: adversary,
                beginsAt: now.advanced(by: Self.patience)
            )
            nextDeadline = nextDeadline ?? now.advanced(by: Self.period)
        case .receive(let channel, let bytes, let peer):
            let words = rows.update(peer) { $0.adversary.hear(channel, bytes, now: now) }
            for word in words ?? [] { outbox.send(word.bytes, on: word.channel, to: peer) }
        case .sendable: break
        case .removePeer(let peer, _): rows.remove(peer)
        case .deadline:
            guard let due = nextDeadline, due <= now else { return }
            nextDeadline = rows.ids.isEmpty ? nil : now.advanced(by: Self.period)
            for peer in rows.ids {
                let words = rows.update(peer) { row in
                    var words = row.adversary.tick(now: now)
                    if let beginsAt = row.beginsAt, beginsAt <= now {
                        row.beginsAt = nil
                        words += row.adversary.begin()
                    }
                    return words
                }
                for word in words ?? [] { outbox.send(word.bytes, on: word.channel, to: peer) }
            }
        }
    }
}
