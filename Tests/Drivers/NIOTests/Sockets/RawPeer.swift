import WarrenConnection
import WarrenHandshake
import WarrenNIO
import WarrenPrimitives

/// A peer made by hand, which can say what no honest one would: SecretConnection over a raw socket.
final class RawPeer {
    let key: NodeKey
    let socket: RawSocket
    private var secret: SecretConnection
    private var unopened: [UInt8] = []
    private var plain: [UInt8] = []

    /// How long it waits for the node's next word.
    static let patience: Duration = .seconds(5)

    enum Reply: Equatable {
        case ping
        case pong
        case message(channel: Int32, isLast: Bool, [UInt8])
    }

    struct Closed: Error {}
    struct Silence: Error {}

    /// Connects; nothing is said yet.
    init(to address: HostPort, key: NodeKey = .fresh) throws {
        self.key = key
        socket = try RawSocket(to: address)
        secret = SecretConnection(key: key, ephemeralSecret: Sodium.randomBytes(32))
    }

    /// Runs SecretConnection to its end.
    func shake() throws {
        var output: [UInt8] = []
        secret.start(into: &output)
        socket.write(output)
        while secret.remoteID == nil { try pull(within: Self.patience) }
    }

    /// Runs SecretConnection, with one bit of the proof turned on its way.
    func shakeFlippingProof() throws {
        var output: [UInt8] = []
        secret.start(into: &output)
        socket.write(output)
        while true {
            guard case .bytes(let bytes) = socket.read(within: Self.patience) else {
                throw Silence()
            }
            unopened += bytes
            var proof: [UInt8] = []
            let waiting = unopened
            let used = try secret.receive(waiting.span, into: &proof, plain: &plain)
            unopened.removeFirst(used)
            guard !proof.isEmpty else { continue }
            proof[100] ^= 1
            socket.write(proof)
            return
        }
    }

    /// What the node is called by its key, after ``shake()``.
    var nodeID: NodeID? { secret.remoteID }

    /// Seals and sends.
    func say(_ bytes: [UInt8]) throws {
        var output: [UInt8] = []
        try secret.seal(bytes.span, into: &output)
        socket.write(output)
    }

    func sayPacket(_ body: [UInt8]) throws { try say(ProtobufWriter.delimited(body)) }

    func sayMessage(_ channel: UInt64, isLast: Bool = true, _ data: [UInt8]) throws {
        var packet = ProtobufWriter()
        packet.message(3) { inner in
            inner.varint(1, channel)
            inner.bool(2, isLast)
            inner.bytes(3, data)
        }
        try sayPacket(packet.bytes)
    }

    /// Reads the node's NodeInfo, delimited.
    func hearInfo() throws -> NodeInfo {
        let body = try hearDelimited(within: Self.patience)
        return try NodeInfo(body.span)
    }

    /// The node's next packet; throws when it hangs up or says nothing in time.
    func hear(within limit: Duration = patience) throws -> Reply {
        let body = try hearDelimited(within: limit)
        let bytes = ProtobufWriter.delimited(body)
        var offset = 0
        guard let packet = try Packet.next(in: bytes.span, at: &offset, bodyLimit: 4096) else {
            throw Silence()
        }
        switch packet {
        case .ping: return .ping
        case .pong: return .pong
        case .piece(let channel, let isLast, let data):
            return .message(channel: channel, isLast: isLast, Array(bytes[data]))
        }
    }

    /// True when the node hangs up in time, whatever it still says.
    func isHungUp(within limit: Duration = patience) -> Bool {
        socket.readToEnd(within: limit) != nil
    }

    /// True when the node answers a ping, and then another: what came before them is dealt with.
    func isKept() throws -> Bool {
        do {
            for _ in 0..<2 {
                try sayPacket([0x0A, 0x00])
                while try hear() != .pong {}
            }
            return true
        } catch is Closed {
            return false
        }
    }

    private func hearDelimited(within limit: Duration) throws -> [UInt8] {
        let deadline = ContinuousClock.now.advanced(by: limit)
        while true {
            var offset = 0
            let plain = plain
            if let length = try? plain.span.protobufVarint(at: &offset),
                plain.count >= offset + Int(length)
            {
                let body = Array(plain[offset..<offset + Int(length)])
                self.plain.removeFirst(offset + Int(length))
                return body
            }
            try pull(within: ContinuousClock.now.duration(to: deadline))
        }
    }

    private func pull(within limit: Duration) throws {
        switch socket.read(within: limit) {
        case .bytes(let bytes): unopened += bytes
        case .closed: throw Closed()
        case .nothing: throw Silence()
        }
        var output: [UInt8] = []
        let bytes = unopened
        let used = try secret.receive(bytes.span, into: &output, plain: &plain)
        unopened.removeFirst(used)
        if !output.isEmpty { socket.write(output) }
    }
}

extension NodeKey {
    /// A key of its own for every use.
    static var fresh: NodeKey { NodeKey(seed: Sodium.randomBytes(NodeKey.seedByteCount)) }
}
