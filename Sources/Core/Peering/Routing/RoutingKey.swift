package import WarrenPrimitives

/// A node id as a number of 160 bits: how near two nodes are to each other.
///
/// The distance of two ids is their XOR, read as a big-endian number. Source: Maymounkov and
/// Mazières, "Kademlia", 2002, §2.
package struct RoutingKey: Hashable, Comparable, Sendable {
    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    package static let bitCount = 160

    private init(high: UInt64, middle: UInt64, low: UInt32) {
        self.high = high
        self.middle = middle
        self.low = low
    }

    package init(_ id: NodeID) {
        let words = id.words
        self.init(high: words.high, middle: words.middle, low: words.low)
    }

    /// The id that this number is.
    package var id: NodeID { NodeID(words: (high, middle, low)) }

    package func distance(to other: RoutingKey) -> RoutingKey {
        RoutingKey(
            high: high ^ other.high,
            middle: middle ^ other.middle,
            low: low ^ other.low
        )
    }

    /// The place of the highest bit that is set, 0 to 159; nil for zero.
    ///
    /// Of a distance it is the number of the bucket: bucket i holds distances 2^i up to 2^(i+1).
    package var highestBit: Int? {
        if high != 0 { return 159 - high.leadingZeroBitCount }
        if middle != 0 { return 95 - middle.leadingZeroBitCount }
        return low == 0 ? nil : 31 - low.leadingZeroBitCount
    }

    /// A random number whose highest bit is `bit`.
    package static func random(highestBit bit: Int, random: inout Random) -> RoutingKey {
        precondition((0..<bitCount).contains(bit), "there is no bit \(bit) in 0..<160")
        func word(from first: Int, _ width: Int) -> UInt64 {
            let top = bit - first
            if top < 0 { return 0 }
            let draw = random.next() >> UInt64(64 - width)
            if top >= width { return draw }
            return draw & (1 << UInt64(top) - 1) | 1 << UInt64(top)
        }
        // Bits above the highest are none: words beyond it stay zero.
        let low = bit >= 32 ? random.next() & 0xFFFF_FFFF : word(from: 0, 32)
        let middle = bit >= 96 ? random.next() : (bit >= 32 ? word(from: 32, 64) : 0)
        let high = bit >= 96 ? word(from: 96, 64) : 0
        return RoutingKey(high: high, middle: middle, low: UInt32(truncatingIfNeeded: low))
    }

    package static func < (lhs: RoutingKey, rhs: RoutingKey) -> Bool {
        (lhs.high, lhs.middle, lhs.low) < (rhs.high, rhs.middle, rhs.low)
    }
}
