import WarrenKit

/// Spreads one rumour, the highest number heard, to every peer.
///
/// A message is the number in eight bytes, most significant first. A peer that tells a number we
/// knew costs nothing; one that sends anything else is dropped.
struct RumourReactor: Reactor {
    static let channel: ChannelID = 0x60

    let name = "rumour"
    let channels = [
        ChannelDescriptor(id: channel, sendQueueLimit: 1, receiveMessageLimit: 8)
    ]

    /// The highest number heard or made up.
    private(set) var rumour: UInt64

    /// The highest number that each peer told or was told.
    private var known: [PeerID: UInt64] = [:]

    init(rumour: UInt64 = 0) { self.rumour = rumour }

    mutating func handle(
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<UInt64>
    ) {
        switch event {
        case .initPeer(let peer):
            known[peer.id] = 0
        case .addPeer(let peer):
            tell(peer.id, into: &outbox)
        case .receive(_, let message, let peer):
            guard message.count == 8 else { return outbox.stop(peer, .badMessage) }
            let heard = message.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            known[peer] = max(heard, known[peer] ?? 0)
            believe(heard, into: &outbox)
        case .sendable(_, let peer):
            tell(peer, into: &outbox)
        case .removePeer(let peer, _):
            known[peer] = nil
        case .deadline:
            break
        }
    }

    /// Takes a higher number for true, and passes it on.
    mutating func believe(_ number: UInt64, into outbox: inout Outbox<UInt64>) {
        guard number > rumour else { return }
        rumour = number
        outbox.report(number)
        // In a fixed order: the order of a dictionary would differ from run to run.
        for peer in known.keys.sorted() { tell(peer, into: &outbox) }
    }

    /// Tells a peer the rumour unless it knows.
    ///
    /// Without credit nothing is queued: `sendable` brings us back here, with the rumour of then.
    private mutating func tell(_ peer: PeerID, into outbox: inout Outbox<UInt64>) {
        guard let last = known[peer], last < rumour else { return }
        let message = (0..<8).map { UInt8(truncatingIfNeeded: rumour >> (56 - 8 * $0)) }
        if outbox.send(message, on: Self.channel, to: peer) { known[peer] = rumour }
    }
}
