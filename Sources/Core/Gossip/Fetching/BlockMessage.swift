package import WarrenChain
package import WarrenPrimitives

/// What travels on channel 0x72.
///
/// `blockfetch.proto` beside this file is the schema. Source: O§8.6.
package enum BlockMessage: Hashable, Sendable {
    /// Both ends included.
    case requestRange(from: Point, to: Point)
    case startBatch
    case noBlocks
    case block(BodyMessage)
    case batchDone

    /// Blocks of one range.
    ///
    /// A few milliseconds' worth of sync, so that several peers share a chain of some thousands.
    package static let rangeLimit = 128

    /// True when a client sends it and a server takes it.
    package var isRequest: Bool {
        switch self {
        case .requestRange: true
        case .startBatch, .noBlocks, .block, .batchDone: false
        }
    }
}

/// A whole message with the body of a block in it: how bodies are received, kept, and passed on.
///
/// The array is the one that came from the wire, shared by all who have it in hand.
package struct BodyMessage: Hashable, Sendable {
    /// The whole message.
    package let bytes: [UInt8]
    /// Where the body's encoding lies in it.
    package let range: Range<Int>

    /// Bytes that a message takes up besides the body, at most: two keys and two lengths.
    package static let overhead = 2 + 2 * 4

    /// The message for a body that is in hand by itself.
    package init(body encoding: [UInt8]) {
        var writer = ProtobufWriter(capacity: encoding.count + Self.overhead)
        writer.message(4) { $0.bytes(1, encoding) }
        bytes = writer.bytes
        range = bytes.count - encoding.count..<bytes.count
    }

    /// Reads a message that can be nothing else.
    package init(_ bytes: [UInt8]) throws(ProtobufError) {
        guard case .block(let message) = try BlockMessage(bytes) else {
            throw .missing(field: 4)
        }
        self = message
    }

    /// `bytes` hold a body in `range`; refused unless that is all there is, as briefly as can be.
    fileprivate init(_ bytes: [UInt8], body range: Range<Int>) throws(ProtobufError) {
        // Whatever is longer than the one encoding says something besides the body.
        guard bytes.count == Self.byteCount(ofBody: range.count) else {
            throw .outOfRange(field: 4)
        }
        self.bytes = bytes
        self.range = range
    }

    /// The body's encoding, copied.
    package var body: [UInt8] { Array(bytes[range]) }

    private static func byteCount(ofBody count: Int) -> Int {
        let inner = count == 0 ? 0 : 1 + varintByteCount(count) + count
        return 1 + varintByteCount(inner) + inner
    }

    private static func varintByteCount(_ value: Int) -> Int {
        max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7)
    }
}

// MARK: - Coding

extension BlockMessage {
    package var bytes: [UInt8] {
        var writer = ProtobufWriter()
        switch self {
        case .requestRange(let from, let to):
            writer.message(1) { writer in
                writer.message(1, from.write)
                writer.message(2, to.write)
            }
        case .startBatch: writer.message(2) { _ in }
        case .noBlocks: writer.message(3) { _ in }
        case .block(let message): return message.bytes
        case .batchDone: writer.message(5) { _ in }
        }
        return writer.bytes
    }

    /// Reads one message; of several members of the oneof the last counts, as in every protobuf.
    ///
    /// A block keeps `bytes` as they are.
    package init(_ bytes: [UInt8]) throws(ProtobufError) {
        var message: BlockMessage?
        var offset = 0
        while let field = try bytes.span.protobufField(at: &offset) {
            guard (1...5).contains(field.number) else { continue }
            message = try Self.member(field.number, in: bytes, at: field.range())
        }
        guard let message else { throw .missing(field: 1) }
        self = message
    }

    private static func member(
        _ number: Int,
        in bytes: [UInt8],
        at range: Range<Int>
    ) throws(ProtobufError) -> BlockMessage {
        let inner = bytes.span.extracting(range)
        switch number {
        case 1: return try request(inner)
        case 4:
            let body = try body(inner)
            let start = range.lowerBound + body.lowerBound
            return .block(try BodyMessage(bytes, body: start..<start + body.count))
        default:
            var offset = 0
            while try inner.protobufField(at: &offset) != nil {}
            return number == 2 ? .startBatch : number == 3 ? .noBlocks : .batchDone
        }
    }

    private static func request(_ inner: Span<UInt8>) throws(ProtobufError) -> BlockMessage {
        var ends: (Point?, Point?) = (nil, nil)
        var offset = 0
        while let field = try inner.protobufField(at: &offset) {
            switch field.number {
            case 1: ends.0 = try Point(inner.extracting(field.range()))
            case 2: ends.1 = try Point(inner.extracting(field.range()))
            default: break
            }
        }
        guard let from = ends.0, from != .origin else { throw .outOfRange(field: 1) }
        guard let to = ends.1, to.height >= from.height,
            to.height - from.height < UInt64(rangeLimit)
        else { throw .outOfRange(field: 2) }
        return .requestRange(from: from, to: to)
    }

    /// Where the body lies in the Block message; at its end when there is none.
    private static func body(_ inner: Span<UInt8>) throws(ProtobufError) -> Range<Int> {
        var range = inner.count..<inner.count
        var offset = 0
        while let field = try inner.protobufField(at: &offset) {
            guard field.number == 1 else { throw .outOfRange(field: field.number) }
            range = try field.range()
        }
        return range
    }
}
