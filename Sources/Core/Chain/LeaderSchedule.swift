package import WarrenPrimitives

/// Who may make a block in which slot: no secret, so that everybody can tell.
///
/// A producer leads a slot iff the top 64 bits of SHA-256(seed ‖ slot ‖ key), read as a number, are
/// below ⌊2⁶⁴ · f · stake / total⌋; the slot has 8 bytes, big-endian, the key 32. So a slot has no
/// leader, one or several, and a producer's share of leaderships is its share of the stake. All
/// numbers are whole, so that every machine finds the same. Source: design §17.14.
package struct LeaderSchedule: Sendable {
    private let seed: [UInt8]
    private let thresholds: [Hash: UInt128]

    /// f is counted in so many parts.
    package static let parts: Int64 = 1_000_000

    package init(_ rules: ChainRules) {
        seed = rules.leaderSeed
        let total = rules.producers.reduce(UInt128(0)) { $0 + UInt128($1.stake) }
        var thresholds: [Hash: UInt128] = [:]
        thresholds.reserveCapacity(rules.producers.count)
        for producer in rules.producers {
            thresholds[producer.key] = Self.threshold(
                stake: producer.stake,
                of: total,
                millionths: rules.activeSlotMillionths
            )
        }
        self.thresholds = thresholds
    }

    /// ⌊2⁶⁴ · f · stake / total⌋: from 0 up to 2⁶⁴ itself, which is why it has 128 bits.
    ///
    /// f is held between 0 and 1. The stake is part of the total.
    package static func threshold(
        stake: UInt64,
        of total: UInt128,
        millionths: Int64
    ) -> UInt128 {
        guard total > 0, stake > 0 else { return 0 }
        // Below 2⁸⁴; its product with 2⁶⁴ needs two words.
        let weight = UInt128(min(max(millionths, 0), parts)) * UInt128(stake)
        let whole = UInt128(parts) * total
        return whole.dividingFullWidth((high: weight >> 64, low: weight << 64)).quotient
    }

    /// Whether `producer` is one at all.
    package func knows(_ producer: Hash) -> Bool { thresholds[producer] != nil }

    /// Whether `producer` may make a block in `slot`.
    package func leads(_ producer: Hash, slot: UInt64) -> Bool {
        guard let threshold = thresholds[producer], threshold > 0 else { return false }
        let ticket = Hash(of: seed + slot.bigEndianBytes + producer.bytes)
        return UInt128(ticket.head) < threshold
    }
}
