import SwiftProtobuf
import Testing
import WarrenPrimitives
import WarrenSupport

/// Up to three fields that no schema of ours has, numbered from 100, in any wire type.
func laterFields(_ random: inout Random) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(varint value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
    func some(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(random.below(256)) } }
    for _ in 0..<random.below(4) {
        let key = UInt64(100 + random.below(100_000)) << 3
        switch random.below(5) {
        case 0:
            append(varint: key)
            append(varint: random.next() >> UInt64(random.below(64)))
        case 1:
            append(varint: key | 1)
            bytes += some(8)
        case 2:
            let count = random.below(200)
            append(varint: key | 2)
            append(varint: UInt64(count))
            bytes += some(count)
        case 3:
            append(varint: key | 3)
            append(varint: 1 << 3)
            append(varint: random.next())
            append(varint: key | 4)
        default:
            append(varint: key | 5)
            bytes += some(4)
        }
    }
    return bytes
}

extension SwiftProtobuf.Message {
    /// The same message, as a later version of Warren might write it: with fields that the schema
    /// does not have yet.
    func withUnknownFields(_ random: inout Random) throws -> Self {
        let known: [UInt8] = try serializedBytes()
        return try Self(serializedBytes: known + laterFields(&random))
    }
}

extension Random {
    /// All lengths of varint come up, and zero one time in five.
    mutating func word() -> UInt64 {
        let value = next() >> UInt64(below(64))
        return chance(1, in: 5) ? 0 : value
    }
}

/// Holds a reader of ours against the oracle's on mutated copies of `valid`.
///
/// The two differ on purpose: as CometBFT's decoder, we refuse a field that we know in another
/// wire type and varints over 64 bits, let groups nest 16 deep only and end in another field's
/// number, and refuse what the schema's comments forbid, which the oracle cannot know.
/// Of two of one member of a oneof we take the last, where the oracle merges them.
func compare<Message: Equatable>(
    _ valid: [[UInt8]],
    seed: UInt64,
    ours: ([UInt8]) throws(ProtobufError) -> Message?,
    oracle: ([UInt8]) throws -> Message?
) -> (accepted: Int, refused: Int) {
    var (accepted, refused) = (0, 0)
    mutations(of: valid, seed: seed) { bytes in
        do throws(ProtobufError) {
            guard let message = try ours(bytes) else { return }
            accepted += 1
            guard let theirs = try? oracle(bytes) else {
                let mayHaveGroup = bytes.contains { $0 & 7 == 3 }
                #expect(mayHaveGroup, "only we accept \(Hex.text(bytes))")
                return
            }
            #expect(message == theirs || hasTwins(bytes), "\(Hex.text(bytes))")
        } catch {
            refused += 1
            switch error {
            case .wrongWireType, .badGroup, .varintTooLong, .outOfRange, .missing: break
            case .truncated, .badFieldNumber, .badText:
                let theirs = try? oracle(bytes)
                #expect(theirs == nil, "only we refuse \(Hex.text(bytes)): \(error)")
            }
        }
    }
    return (accepted, refused)
}

/// Whether a field stands twice at the top: the oracle merges the two, we may take the last.
private func hasTwins(_ bytes: [UInt8]) -> Bool {
    var seen: Set<Int> = []
    var offset = 0
    let span = bytes.span
    while let field = try? span.protobufField(at: &offset) {
        if !seen.insert(field.number).inserted { return true }
    }
    return false
}
