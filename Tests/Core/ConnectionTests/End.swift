import Testing
import WarrenConnection
import WarrenHandshake
import WarrenPrimitives

/// One end of a conversation in memory: a connection, and a socket that does as it is told.
final class End {
    var connection: Connection
    /// Bytes that the connection handed to its socket and the socket has not taken.
    var output: [UInt8] = []
    /// Bytes that arrived and the connection has not taken.
    var arrived: [UInt8] = []
    var effects: [Connection.Effect] = []
    var violation: Connection.Violation?

    init(_ connection: consuming Connection) { self.connection = connection }

    convenience init(
        _ number: UInt8,
        expecting: UInt8? = nil,
        settings: Connection.Settings = .unlimited,
        channels: [ChannelDescriptor] = Script.channels,
        info: NodeInfo? = nil,
        now: Instant = Script.start
    ) {
        self.init(
            Connection(
                settings: settings,
                key: Script.key(number),
                ownInfo: info ?? Script.info(number, channels: channels),
                channels: channels,
                expecting: expecting.map { Script.key($0).id },
                ephemeralSecret: [UInt8](repeating: number &+ 100, count: 32),
                now: now
            )
        )
    }

    /// End 2 after it has agreed on keys with end 1, and before either has proved who it is.
    ///
    /// For those who need ten thousand: agreeing costs a hundred times what follows.
    static func agreed(_ agreement: SecretConnection.Agreement) -> End {
        End(
            Connection(
                settings: .unlimited,
                key: Script.key(2),
                ownInfo: Script.info(2),
                channels: Script.channels,
                rehearsing: agreement,
                now: Script.start
            )
        )
    }

    var delivered: [Message] {
        effects.compactMap { effect in
            if case .deliver(let channel, let bytes) = effect { return Message(channel, bytes) }
            return nil
        }
    }

    var isOpen: Bool {
        if case .open = connection.phase { return true }
        return false
    }

    func start(now: Instant = Script.start) { connection.start(now: now, output: &output) }

    func take(_ bytes: some Sequence<UInt8>, now: Instant = Script.start) {
        arrived += bytes
        attempt { () throws(Connection.Violation) in
            let bytes = arrived
            let count = try connection.receive(
                bytes.span,
                now: now,
                output: &output,
                into: &effects
            )
            arrived.removeFirst(count)
        }
    }

    func send(_ message: Message, now: Instant = Script.start) {
        connection.send(message.channel, message.bytes, now: now)
    }

    func flush(now: Instant = Script.start) {
        attempt { () throws(Connection.Violation) in
            try connection.flush(now: now, output: &output, into: &effects)
        }
    }

    func deadline(now: Instant) {
        attempt { () throws(Connection.Violation) in
            try connection.deadline(now: now, output: &output, into: &effects)
        }
    }

    func finish(now: Instant = Script.start) {
        attempt { () throws(Connection.Violation) in
            try connection.finish(now: now, output: &output, into: &effects)
        }
    }

    /// The socket takes `count` bytes (or all) and returns them.
    func drain(_ count: Int = .max, now: Instant = Script.start) -> [UInt8] {
        let bytes = Array(output.prefix(count))
        output.removeFirst(bytes.count)
        attempt { () throws(Connection.Violation) in
            try connection.written(bytes.count, now: now, output: &output, into: &effects)
        }
        return bytes
    }

    private func attempt(_ body: () throws(Connection.Violation) -> Void) {
        guard violation == nil else { return }
        do { try body() } catch { violation = error }
    }
}

struct Message: Hashable {
    var channel: ChannelID
    var bytes: [UInt8]

    init(_ channel: ChannelID, _ bytes: [UInt8]) {
        self.channel = channel
        self.bytes = bytes
    }
}

extension Connection.Settings {
    static var unlimited: Self {
        var settings = Self()
        settings.sendRate = 0
        settings.receiveRate = 0
        return settings
    }
}

/// What the tests' nodes are called and carry.
enum Script {
    static let start = Instant(nanoseconds: 1_800_000_000_000_000_000)
    static let network = "test-net"

    static let channels = [
        ChannelDescriptor(id: 0x70, priority: 5, sendQueueLimit: 1000),
        ChannelDescriptor(id: 0x71, priority: 1, sendQueueLimit: 1000, receiveMessageLimit: 3000),
        ChannelDescriptor(id: 0x00, priority: 3, sendQueueLimit: 1000),
    ]

    static func key(_ number: UInt8) -> NodeKey {
        NodeKey(seed: [UInt8](repeating: number, count: 32))
    }

    static func info(
        _ number: UInt8,
        channels: [ChannelDescriptor] = channels
    ) -> NodeInfo {
        NodeInfo(
            id: key(number).id,
            listenAddress: "10.0.0.\(number):26656",
            network: network,
            version: "1",
            channels: channels.map(\.id),
            moniker: "node\(number)"
        )
    }

    /// What one end agrees on with another; both with ephemeral secrets as ``End`` has them.
    static func agreement(of one: UInt8, with other: UInt8) throws -> SecretConnection.Agreement {
        func secret(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number &+ 100, count: 32) }
        return try #require(
            SecretConnection.Agreement(
                secret: secret(one),
                remote: KeySchedule.publicKey(of: secret(other))
            )
        )
    }

    /// Bytes that differ from place to place, so that no shift goes unseen.
    static func bytes(_ count: Int, _ salt: Int = 0) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ salt) }
    }
}

/// Two ends and the wire between them.
final class Pair {
    let left: End
    let right: End
    var now = Script.start

    init(_ left: End = End(1, expecting: 2), _ right: End = End(2)) {
        self.left = left
        self.right = right
        left.start()
        right.start()
    }

    /// After the handshake, with nothing in flight.
    static func open(
        _ settings: Connection.Settings = .unlimited,
        right: Connection.Settings? = nil,
        channels: [ChannelDescriptor] = Script.channels
    ) -> Pair {
        let pair = Pair(
            End(1, expecting: 2, settings: settings, channels: channels),
            End(2, settings: right ?? settings, channels: channels)
        )
        pair.settle()
        pair.left.effects = []
        pair.right.effects = []
        return pair
    }

    /// Moves bytes both ways until nothing more comes.
    func settle() {
        var moved = true
        while moved {
            moved = move(from: left, to: right)
            moved = move(from: right, to: left) || moved
        }
    }

    @discardableResult
    func move(from: End, to: End, count: Int = .max) -> Bool {
        guard to.connection.readingResumesAt == nil else { return false }
        guard !from.output.isEmpty else { return false }
        to.take(from.drain(count, now: now), now: now)
        return true
    }

    /// Goes to `end`, stopping at every deadline on the way and moving bytes at each.
    func run(until end: Instant) {
        settle()
        while let next = soonest(left.connection.nextDeadline, right.connection.nextDeadline),
            next <= end, left.violation == nil, right.violation == nil
        {
            now = max(now, next)
            left.deadline(now: now)
            right.deadline(now: now)
            settle()
        }
        now = end
    }
}
