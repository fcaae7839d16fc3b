import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// A switch on a bench: two reactors, a clock that the test moves, and what came of each input.
struct SwitchRig: Sendable {
    static let own = Self.id(100)
    static let channels: [[ChannelDescriptor]] = [
        [ChannelDescriptor(id: 0x10, sendQueueLimit: 2, receiveMessageLimit: 100)],
        [ChannelDescriptor(id: 0x20), ChannelDescriptor(id: 0x21)],
    ]

    var subject: Switch
    var now = Instant.epoch.advanced(by: .seconds(1000))
    var random = Random(seed: 1)
    private var acceptedCount: UInt64 = 0

    init(_ change: (inout Switch.Settings) -> Void = { _ in }) {
        var settings = Switch.Settings(ownID: Self.own)
        change(&settings)
        subject = Switch(settings: settings, reactors: Self.channels)
    }

    /// Ids order as their numbers do.
    static func id(_ number: Int) -> NodeID {
        let low = UInt32(number).bigEndianBytes
        guard let id = NodeID([UInt8](repeating: 0, count: 16) + low) else {
            preconditionFailure("an id has 20 bytes")
        }
        return id
    }

    static func address(_ number: Int, port: UInt16 = 26656) -> SocketAddress {
        SocketAddress(ip: IPAddress(v4: 0x0A00_0000 + UInt32(number)), port: port)
    }

    static func who(
        _ number: Int,
        handle: Int? = nil,
        channels: [ChannelID] = [0x10, 0x20, 0x21],
        listen: String = "0.0.0.0:26656"
    ) -> Switch.Authenticated {
        Switch.Authenticated(
            peer: PeerID(rawValue: UInt32(handle ?? number)),
            id: id(number),
            info: NodeInfo(
                id: id(number),
                listenAddress: listen,
                network: "test",
                version: "1",
                channels: channels,
                moniker: "node \(number)"
            ),
            remote: address(number, port: 5000)
        )
    }

    mutating func handle(_ input: Switch.Input) -> [Switch.Effect] {
        var effects: [Switch.Effect] = []
        subject.handle(input, now: now, random: &random, into: &effects)
        return effects
    }

    /// What an input led to, without the notes.
    mutating func acts(_ input: Switch.Input) -> [Switch.Effect] {
        handle(input).filter { if case .note = $0 { false } else { true } }
    }

    mutating func nextAccepted() -> ConnectionID {
        acceptedCount += 1
        return .accepted(acceptedCount)
    }

    /// A socket from node `number`, accepted or not.
    mutating func accept(_ number: Int) -> (connection: ConnectionID, effects: [Switch.Effect]) {
        let connection = nextAccepted()
        return (connection, acts(.accepted(connection, from: Self.address(number, port: 5000))))
    }

    /// Node `number` connects to us.
    @discardableResult
    mutating func connectInbound(_ number: Int, handle: Int? = nil) -> ConnectionID {
        let connection = accept(number).connection
        _ = self.handle(.authenticated(connection, Self.who(number, handle: handle)))
        return connection
    }

    /// We connect to node `number`; nil if the dial was refused.
    @discardableResult
    mutating func connectOutbound(_ number: Int) -> ConnectionID? {
        let peer = PeerID(rawValue: UInt32(number))
        let dials = acts(.dial(peer, Self.address(number), expecting: Self.id(number))).dials
        guard let connection = dials.first else { return nil }
        _ = self.handle(.authenticated(connection, Self.who(number)))
        return connection
    }

    /// Lets time pass to the switch's own deadline and tells it.
    mutating func passDeadline() throws -> [Switch.Effect] {
        now = try #require(subject.nextDeadline)
        return acts(.deadline)
    }

    func waitToDeadline() throws -> Duration {
        now.duration(to: try #require(subject.nextDeadline))
    }

    static func peer(_ number: Int) -> PeerID { PeerID(rawValue: UInt32(number)) }
}

extension [Switch.Effect] {
    var dials: [ConnectionID] {
        compactMap { if case .dial(let connection, _, _) = $0 { connection } else { nil } }
    }

    var dialedAddresses: [SocketAddress] {
        compactMap { if case .dial(_, let address, _) = $0 { address } else { nil } }
    }

    var closes: [ConnectionID: CloseReason] {
        var closes: [ConnectionID: CloseReason] = [:]
        for case .close(let connection, let reason, _) in self { closes[connection] = reason }
        return closes
    }

    var connected: [PeerID] {
        compactMap { if case .connected(let peer) = $0 { peer.id } else { nil } }
    }

    var disconnected: [PeerID: CloseReason] {
        var ends: [PeerID: CloseReason] = [:]
        for case .disconnected(let peer, let reason) in self { ends[peer.id] = reason }
        return ends
    }

    var dialFailures: [PeerID: CloseReason] {
        var failures: [PeerID: CloseReason] = [:]
        for case .dialFailed(let peer, let reason) in self { failures[peer] = reason }
        return failures
    }

    /// What one reactor is told.
    func told(_ index: Int) -> [ReactorEvent] {
        compactMap { if case .tell(index, let event) = $0 { event } else { nil } }
    }

    var notes: [Note] { compactMap { if case .note(let note) = $0 { note } else { nil } } }
}
