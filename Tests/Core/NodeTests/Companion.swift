import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// The other end of one connection of a ``Solo``: it confirms and answers on 0x70, and uses the node
/// as it is told.
struct Companion {
    let id: NodeID
    let connection: ConnectionID
    private var seenCount = 0
    private var epoch: UInt64 = 0

    /// Node `number` dials the node, says hello, and stays.
    init(
        calling solo: inout Solo,
        _ number: Int,
        _ mode: DiffusionMode = .initiatorAndResponder
    ) {
        let address = World.address(number)
        id = World.id(number)
        connection = solo.guest(id, from: address, listening: address)
        greet(&solo, mode)
    }

    /// Node `number` answers the latest dial.
    init(
        answering solo: inout Solo,
        _ number: Int,
        _ mode: DiffusionMode = .initiatorAndResponder
    ) {
        let address = World.address(number)
        id = World.id(number)
        connection = solo.dials.last?.connection ?? .dialed(99)
        let info = solo.info(id, listening: address)
        solo.feed(.authenticated(connection, id, info, remote: address))
        greet(&solo, mode)
    }

    private mutating func greet(_ solo: inout Solo, _ mode: DiffusionMode) {
        solo.feed(.received(connection, .lifecycle, Solo.hello(mode)))
        serve(&solo)
    }

    /// Says how far it uses the node.
    mutating func use(_ level: Lifecycle.Level, _ solo: inout Solo) {
        epoch += 1
        let message = LifecycleMessage.use(epoch: epoch, level)
        solo.feed(.received(connection, .lifecycle, message.bytes))
        serve(&solo)
    }

    /// Answers whatever it was told since the last time.
    mutating func serve(_ solo: inout Solo) {
        while seenCount < solo.effects.count {
            seenCount += 1
            guard case .send(connection, let channel, let message) = solo.effects[seenCount - 1]
            else { continue }
            solo.feed(.sent(connection, channel, messages: 1, bytes: message.count))
            guard channel == .lifecycle else { continue }
            switch try? LifecycleMessage(message.span) {
            case .keepAlive(let cookie): say(.keepAliveReply(cookie: cookie), &solo)
            case .use(let epoch, _): say(.useAck(epoch: epoch), &solo)
            case .hello, .keepAliveReply, .useAck, nil: break
            }
        }
    }

    private func say(_ message: LifecycleMessage, _ solo: inout Solo) {
        solo.feed(.received(connection, .lifecycle, message.bytes))
    }

    /// Time passes, and it answers all the while.
    mutating func pass(_ duration: Duration, _ solo: inout Solo) {
        let end = solo.now.advanced(by: duration)
        while let due = solo.node.nextDeadline, due <= end {
            solo.pass(max(.zero, solo.now.duration(to: due)))
            serve(&solo)
        }
        solo.pass(max(.zero, solo.now.duration(to: end)))
    }

    /// Its row in the node's snapshot.
    func row(_ solo: Solo) -> Snapshot.Peer? {
        solo.node.snapshot(now: solo.now).peers.first { $0.id == id }
    }

    func state(_ solo: Solo) -> ConnectionState? { row(solo)?.connectionState }
}

extension Solo {
    /// What the node put on record so far.
    var events: [Event] {
        effects.compactMap { if case .emit(let event) = $0 { event } else { nil } }
    }

    /// The steps of one connection, as the connection manager took them.
    func chain(of connection: ConnectionID) -> [ConnectionState] {
        events.compactMap { event in
            guard case .connection(_, connection, _, let to) = event.note else { return nil }
            return to
        }
    }

    /// Why the node closed a connection, if it did.
    func closeReason(of connection: ConnectionID) -> CloseReason? {
        for case .close(connection, let reason, _) in effects { return reason }
        return nil
    }
}
