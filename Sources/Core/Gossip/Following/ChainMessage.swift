package import WarrenChain
package import WarrenPrimitives

/// What travels on channel 0x71.
///
/// `chainsync.proto` beside this file is the schema. Source: O§8.5.
package enum ChainMessage: Hashable, Sendable {
    /// At most ``pointLimit``, the most recent first.
    case findIntersect([Point])
    case intersectFound(Point, tip: Point)
    case intersectNotFound(tip: Point)
    /// 1 to ``grantLimit`` replies more.
    case requestNext(count: Int)
    case awaitReply
    /// At least one, in their order.
    case rollForward([Header], tip: Point)
    case rollBackward(Point, tip: Point)

    /// Points of one FindIntersect: 2⁶⁴ blocks have no more exponentially spaced ones.
    package static let pointLimit = 64
    /// How many replies a server may owe at once.
    ///
    /// Upstream's clients pipeline 200 to 300 requests for one header each, gouroboros' 100
    /// (O§8.11); a reply of ours holds hundreds of headers.
    package static let grantLimit = 100
    /// Bytes of all headers of one RollForward, with their lengths: what is left of
    /// ``GossipChannel/smallByteLimit`` is for the tip and what is around.
    package static let headersByteLimit = GossipChannel.smallByteLimit - 128

    /// True when a client sends it and a server takes it.
    package var isRequest: Bool {
        switch self {
        case .findIntersect, .requestNext: true
        case .intersectFound, .intersectNotFound, .awaitReply, .rollForward, .rollBackward: false
        }
    }
}

// MARK: - Writing

extension ChainMessage {
    package var bytes: [UInt8] {
        if case .rollForward(let headers, let tip) = self {
            return Self.rollForward(encodings: headers.map(\.encoding), tip: tip)
        }
        var writer = ProtobufWriter()
        switch self {
        case .findIntersect(let points):
            writer.message(1) { writer in
                for point in points { writer.message(1, point.write) }
            }
        case .intersectFound(let point, let tip):
            writer.message(2) { Self.write(point, tip, into: &$0) }
        case .intersectNotFound(let tip): writer.message(3) { $0.message(1, tip.write) }
        case .requestNext(let count): writer.message(4) { $0.varint(1, UInt64(count)) }
        case .awaitReply: writer.message(5) { _ in }
        case .rollForward: break
        case .rollBackward(let point, let tip):
            writer.message(7) { Self.write(point, tip, into: &$0) }
        }
        return writer.bytes
    }

    /// A RollForward of headers that are encoded already, as the store has them.
    package static func rollForward(encodings: [[UInt8]], tip: Point) -> [UInt8] {
        let size = encodings.reduce(0) { $0 + bytes(ofHeader: $1) }
        var writer = ProtobufWriter(capacity: size + 128)
        writer.message(6) { writer in
            for encoding in encodings { writer.bytes(1, encoding) }
            writer.message(2, tip.write)
        }
        return writer.bytes
    }

    /// How many bytes a header takes up in a RollForward, at most.
    package static func bytes(ofHeader encoding: [UInt8]) -> Int { encoding.count + 3 }

    private static func write(_ point: Point, _ tip: Point, into writer: inout ProtobufWriter) {
        writer.message(1, point.write)
        writer.message(2, tip.write)
    }
}

// MARK: - Reading

extension ChainMessage {
    /// Reads one message; of several members of the oneof the last counts, as in every protobuf.
    ///
    /// Headers are read as strictly as by themselves; a bad one is a bad field 1.
    package init(_ bytes: Span<UInt8>) throws(ProtobufError) {
        var message: ChainMessage?
        var offset = 0
        while let field = try bytes.protobufField(at: &offset) {
            guard (1...7).contains(field.number) else { continue }
            message = try Self.member(field.number, bytes.extracting(field.range()))
        }
        guard let message else { throw .missing(field: 1) }
        self = message
    }

    private static func member(
        _ number: Int,
        _ body: Span<UInt8>
    ) throws(ProtobufError) -> ChainMessage {
        switch number {
        case 1: return .findIntersect(try points(body))
        case 2:
            let (point, tip) = try places(body)
            return .intersectFound(try present(point, 1), tip: try present(tip, 2))
        case 3: return .intersectNotFound(tip: try present(places(body).0, 1))
        case 4: return .requestNext(count: try count(body))
        case 5:
            var offset = 0
            while try body.protobufField(at: &offset) != nil {}
            return .awaitReply
        case 6: return try rollForward(body)
        default:
            let (point, tip) = try places(body)
            return .rollBackward(try present(point, 1), tip: try present(tip, 2))
        }
    }

    private static func present(_ point: Point?, _ field: Int) throws(ProtobufError) -> Point {
        guard let point else { throw .missing(field: field) }
        return point
    }

    /// The points in fields 1 and 2.
    private static func places(_ body: Span<UInt8>) throws(ProtobufError) -> (Point?, Point?) {
        var places: (Point?, Point?) = (nil, nil)
        var offset = 0
        while let field = try body.protobufField(at: &offset) {
            switch field.number {
            case 1: places.0 = try Point(body.extracting(field.range()))
            case 2: places.1 = try Point(body.extracting(field.range()))
            default: break
            }
        }
        return places
    }

    private static func points(_ body: Span<UInt8>) throws(ProtobufError) -> [Point] {
        var points: [Point] = []
        var offset = 0
        while let field = try body.protobufField(at: &offset) {
            guard field.number == 1 else { continue }
            guard points.count < pointLimit else { throw .outOfRange(field: 1) }
            points.append(try Point(body.extracting(field.range())))
        }
        return points
    }

    private static func count(_ body: Span<UInt8>) throws(ProtobufError) -> Int {
        var count: UInt64 = 0
        var offset = 0
        while let field = try body.protobufField(at: &offset) {
            if field.number == 1 { count = try field.varint() }
        }
        guard (1...UInt64(grantLimit)).contains(count) else { throw .outOfRange(field: 1) }
        return Int(count)
    }

    private static func rollForward(_ body: Span<UInt8>) throws(ProtobufError) -> ChainMessage {
        var headers: [Header] = []
        var tip: Point?
        var offset = 0
        while let field = try body.protobufField(at: &offset) {
            switch field.number {
            case 1:
                let range = try field.range()
                guard range.count <= Header.byteLimit,
                    let header = try? Header(body.copy(range))
                else { throw .outOfRange(field: 1) }
                headers.append(header)
            case 2: tip = try Point(body.extracting(field.range()))
            default: break
            }
        }
        guard !headers.isEmpty else { throw .missing(field: 1) }
        return .rollForward(headers, tip: try present(tip, 2))
    }
}
