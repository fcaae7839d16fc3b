/// Who a node is: the first 20 bytes of SHA-256 of its raw Ed25519 public key.
///
/// Written as 40 lower-case hex digits. Source: C§1.1.
public struct NodeID: Hashable, Comparable, Sendable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt32

    public static let byteCount = 20

    /// Nil unless `bytes` are exactly 20.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
        for (index, byte) in bytes.enumerated() {
            switch index {
            case 0..<8: words.0 = words.0 << 8 | UInt64(byte)
            case 8..<16: words.1 = words.1 << 8 | UInt64(byte)
            default: words.2 = words.2 << 8 | UInt32(byte)
            }
        }
        (first, second, third) = words
    }

    /// The id as a big-endian number, in words: for arithmetic on ids.
    package var words: (high: UInt64, middle: UInt64, low: UInt32) { (first, second, third) }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        bytes.append(bigEndian: first)
        bytes.append(bigEndian: second)
        bytes.append(bigEndian: third)
        return bytes
    }

    public static func < (lhs: NodeID, rhs: NodeID) -> Bool {
        (lhs.first, lhs.second, lhs.third) < (rhs.first, rhs.second, rhs.third)
    }
}

extension NodeID: CustomStringConvertible, LosslessStringConvertible {
    public var description: String { Hex.text(bytes) }

    /// Reads 40 hex digits of either case; ids are compared and printed in lower case.
    public init?(_ text: String) {
        guard let bytes = Hex.bytes(text) else { return nil }
        self.init(bytes)
    }
}

extension NodeID: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.valueOfText("node id", expected: "40 hex digits")
    }

    public func encode(to encoder: any Encoder) throws {
        try encoder.encodeText(self)
    }
}
