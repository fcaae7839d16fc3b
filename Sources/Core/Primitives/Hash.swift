/// A SHA-256 digest: who a block, a body or a transaction is.
///
/// 32 bytes, held in four words so that it needs no memory of its own; written as 64 lower-case hex
/// digits and compared as a big-endian number.
package struct Hash: Hashable, Comparable, Sendable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    package static let byteCount = 32
    package static let zero = Hash(first: 0, second: 0, third: 0, fourth: 0)

    private init(first: UInt64, second: UInt64, third: UInt64, fourth: UInt64) {
        self.first = first
        self.second = second
        self.third = third
        self.fourth = fourth
    }

    /// Nil unless `bytes` are exactly 32.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for (index, byte) in bytes.enumerated() {
            switch index {
            case 0..<8: words.0 = words.0 << 8 | UInt64(byte)
            case 8..<16: words.1 = words.1 << 8 | UInt64(byte)
            case 16..<24: words.2 = words.2 << 8 | UInt64(byte)
            default: words.3 = words.3 << 8 | UInt64(byte)
            }
        }
        self.init(first: words.0, second: words.1, third: words.2, fourth: words.3)
    }

    /// The hash of `bytes`.
    package init(of bytes: [UInt8]) {
        guard let hash = Hash(SHA256.hash(bytes)) else {
            preconditionFailure("a SHA-256 digest has 32 bytes")
        }
        self = hash
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        bytes.append(bigEndian: first)
        bytes.append(bigEndian: second)
        bytes.append(bigEndian: third)
        bytes.append(bigEndian: fourth)
        return bytes
    }

    /// The most significant 64 bits.
    package var head: UInt64 { first }

    /// Enough of it for people to tell two apart: the first seven hex digits.
    package var short: String { String(description.prefix(7)) }

    package static func < (lhs: Hash, rhs: Hash) -> Bool {
        (lhs.first, lhs.second, lhs.third, lhs.fourth)
            < (rhs.first, rhs.second, rhs.third, rhs.fourth)
    }
}

extension Hash: CustomStringConvertible, LosslessStringConvertible {
    package var description: String { Hex.text(bytes) }

    /// Reads 64 hex digits of either case.
    package init?(_ text: String) {
        guard let bytes = Hex.bytes(text) else { return nil }
        self.init(bytes)
    }
}

extension Hash: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.valueOfText("hash", expected: "64 hex digits")
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encodeText(self) }
}
