/// Who a node is: the first 20 bytes of SHA-256 of its raw Ed25519 public key.
///
/// Written as 40 lower-case hex digits. Source: C§1.1.
public struct NodeID: Hashable, Comparable, Sendable {
    @usableFromInline let first: UInt64
    @usableFromInline let second: UInt64
    @usableFromInline let third: UInt32

    @inlinable public static var byteCount: Int { 20 }

    /// Nil unless `bytes` are exactly 20.
    ///
    /// Inlinable, so that it is not generic any more where it is called: ids arrive in bulk.
    @inlinable public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
        var place = 0
        for byte in bytes {
            switch place {
            case 0..<8: words.0 = words.0 << 8 | UInt64(byte)
            case 8..<16: words.1 = words.1 << 8 | UInt64(byte)
            default: words.2 = words.2 << 8 | UInt32(byte)
            }
            place += 1
        }
        (first, second, third) = words
    }

    /// Nil unless `range` of `bytes` has exactly 20.
    package init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.count == Self.byteCount else { return nil }
        let raw = unsafe bytes.extracting(range).bytes
        // Integers of any bits, within the 20 bytes.
        let high = unsafe raw.unsafeLoadUnaligned(as: UInt64.self)
        let middle = unsafe raw.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let low = unsafe raw.unsafeLoadUnaligned(fromByteOffset: 16, as: UInt32.self)
        self.init(words: (high.bigEndian, middle.bigEndian, low.bigEndian))
    }

    /// The id that is this big-endian number.
    package init(words: (high: UInt64, middle: UInt64, low: UInt32)) {
        (first, second, third) = words
    }

    /// The id as a big-endian number, in words: for arithmetic on ids.
    package var words: (high: UInt64, middle: UInt64, low: UInt32) { (first, second, third) }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        append(to: &bytes)
        return bytes
    }

    package func append(to bytes: inout [UInt8]) {
        // 20 bytes without a gap, for the time of the call; added in one go.
        let words = (first.bigEndian, second.bigEndian, third.bigEndian)
        unsafe withUnsafeBytes(of: words) { unsafe bytes.append(contentsOf: $0) }
    }

    /// Of the first eight bytes: ids are hashes themselves, so those tell them apart, and whoever
    /// wants two alike has 2⁶⁴ keys to try.
    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(first) }

    public static func < (lhs: NodeID, rhs: NodeID) -> Bool {
        (lhs.first, lhs.second, lhs.third) < (rhs.first, rhs.second, rhs.third)
    }
}

extension NodeID: CustomStringConvertible, LosslessStringConvertible {
    public var description: String { Hex.text(bytes) }

    /// Reads 40 hex digits of either case; ids are compared and printed in lower case.
    public init?(_ text: String) { self.init(hex: Array(text.utf8)[...]) }

    /// As ``init(_:)-(String)``, of text that is still in bytes.
    init?(hex digits: ArraySlice<UInt8>) {
        guard digits.count == 2 * Self.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
        var place = 0
        for digit in digits {
            guard let value = Hex.value(digit) else { return nil }
            switch place {
            case 0..<16: words.0 = words.0 << 4 | UInt64(value)
            case 16..<32: words.1 = words.1 << 4 | UInt64(value)
            default: words.2 = words.2 << 4 | UInt32(value)
            }
            place += 1
        }
        self.init(words: words)
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
