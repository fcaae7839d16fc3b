package import WarrenPrimitives

/// What travels on channel 0x70.
///
/// `lifecycle.proto` beside this file is the schema. Source: design §4.
package enum LifecycleMessage: Hashable, Sendable {
    case hello(Lifecycle.Hello)
    case keepAlive(cookie: UInt32)
    case keepAliveReply(cookie: UInt32)
    case use(epoch: UInt64, Lifecycle.Level)
    case useAck(epoch: UInt64)

    /// The longest message in bytes: as much as a keep-alive may queue.
    ///
    /// Source: O§8.8's ingress limit of 1,408, rounded down.
    package static let byteLimit = 1024
}

extension Lifecycle {
    /// What a node says of itself, first and once.
    package struct Hello: Hashable, Sendable {
        package var diffusionMode: DiffusionMode
        package var sharesPeers: Bool
        /// The chain's tip in the chain protocol's own coding; empty without a chain.
        package var tip: [UInt8]

        /// The longest tip, in bytes: a 32-byte hash, a slot and a height have room twice.
        package static let tipByteLimit = 128

        package init(diffusionMode: DiffusionMode, sharesPeers: Bool, tip: [UInt8] = []) {
            precondition(tip.count <= Self.tipByteLimit, "a tip of \(tip.count) bytes is too long")
            self.diffusionMode = diffusionMode
            self.sharesPeers = sharesPeers
            self.tip = tip
        }
    }

    /// How much one end uses the other; the values are those on the wire.
    package enum Level: UInt64, Hashable, Sendable, CaseIterable, Comparable {
        case none = 0
        case warm = 1
        case hot = 2

        package static func < (lhs: Level, rhs: Level) -> Bool { lhs.rawValue < rhs.rawValue }
    }
}

// MARK: - Coding

extension LifecycleMessage {
    package var bytes: [UInt8] {
        // A hello without a tip has 6 bytes, a use with a large epoch 14.
        var writer = ProtobufWriter(capacity: 16)
        switch self {
        case .hello(let hello): writer.message(1) { hello.write(into: &$0) }
        case .keepAlive(let cookie): writer.message(2) { $0.varint(1, UInt64(cookie)) }
        case .keepAliveReply(let cookie): writer.message(3) { $0.varint(1, UInt64(cookie)) }
        case .use(let epoch, let level):
            writer.message(4) {
                $0.varint(1, epoch)
                $0.varint(2, level.rawValue)
            }
        case .useAck(let epoch): writer.message(5) { $0.varint(1, epoch) }
        }
        return writer.bytes
    }

    /// Reads one message; of several members of the oneof the last counts, as in every protobuf.
    package init(_ bytes: Span<UInt8>) throws(ProtobufError) {
        var message: LifecycleMessage?
        var offset = 0
        while let field = try bytes.protobufField(at: &offset) {
            guard (1...5).contains(field.number) else { continue }
            message = try Self.member(field.number, bytes.extracting(field.range()))
        }
        guard let message else { throw .missing(field: 1) }
        self = message
    }

    private static func member(
        _ number: Int,
        _ body: Span<UInt8>
    ) throws(ProtobufError) -> LifecycleMessage {
        if number == 1 { return .hello(try Lifecycle.Hello(body)) }
        // The other four hold at most two integers.
        var values: (first: UInt64, second: UInt64) = (0, 0)
        var offset = 0
        while let field = try body.protobufField(at: &offset) {
            switch (field.number, number) {
            case (1, _): values.first = try field.varint()
            case (2, 4): values.second = try field.varint()
            default: break
            }
        }
        switch number {
        case 2: return .keepAlive(cookie: try cookie(values.first))
        case 3: return .keepAliveReply(cookie: try cookie(values.first))
        case 4:
            guard let level = Lifecycle.Level(rawValue: values.second) else {
                throw .outOfRange(field: 2)
            }
            return .use(epoch: values.first, level)
        default: return .useAck(epoch: values.first)
        }
    }

    private static func cookie(_ value: UInt64) throws(ProtobufError) -> UInt32 {
        guard let cookie = UInt32(exactly: value) else { throw .outOfRange(field: 1) }
        return cookie
    }
}

extension Lifecycle.Hello {
    fileprivate init(_ body: Span<UInt8>) throws(ProtobufError) {
        var mode: UInt64 = 0
        var sharesPeers = false
        var tip: [UInt8] = []
        var offset = 0
        while let field = try body.protobufField(at: &offset) {
            switch field.number {
            case 1: mode = try field.varint()
            case 2: sharesPeers = try field.bool()
            case 3:
                let range = try field.range()
                guard range.count <= Self.tipByteLimit else { throw .outOfRange(field: 3) }
                tip = body.copy(range)
            default: break
            }
        }
        switch mode {
        case 1: diffusionMode = .initiatorOnly
        case 2: diffusionMode = .initiatorAndResponder
        default: throw .outOfRange(field: 1)
        }
        self.sharesPeers = sharesPeers
        self.tip = tip
    }

    fileprivate func write(into writer: inout ProtobufWriter) {
        switch diffusionMode {
        case .initiatorOnly: writer.varint(1, 1)
        case .initiatorAndResponder: writer.varint(1, 2)
        }
        writer.bool(2, sharesPeers)
        writer.bytes(3, tip)
    }
}
