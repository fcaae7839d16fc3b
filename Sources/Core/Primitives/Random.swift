/// The only source of chance in a core: xoshiro256**, and draws we define ourselves.
///
/// Seeds outlive releases of the standard library, whose own draws promise nothing (style 5).
/// Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021.
public struct Random: RandomNumberGenerator, Hashable, Sendable {
    private var s0: UInt64
    private var s1: UInt64
    private var s2: UInt64
    private var s3: UInt64

    /// Spreads `seed` over the state with SplitMix64, so that near seeds give unlike streams.
    public init(seed: UInt64) {
        var mix = seed
        func spread() -> UInt64 {
            mix &+= 0x9E37_79B9_7F4A_7C15
            var z = mix
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        s0 = spread()
        s1 = spread()
        s2 = spread()
        s3 = spread()
    }

    public mutating func next() -> UInt64 {
        let result = Self.rotate(s1 &* 5, by: 7) &* 9
        let t = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= t
        s3 = Self.rotate(s3, by: 45)
        return result
    }

    private static func rotate(_ value: UInt64, by count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }

    /// A number in `0..<bound`.
    public mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "cannot draw below \(bound)")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A duration in `low...high`, to the nanosecond.
    public mutating func duration(from low: Duration, to high: Duration) -> Duration {
        precondition(low <= high, "an interval runs from \(low) up, not down to \(high)")
        let width = (high - low).wholeNanoseconds
        return low + .nanoseconds(below(Int(width) + 1))
    }

    /// True with probability `numerator / denominator`.
    public mutating func chance(_ numerator: Int, in denominator: Int) -> Bool {
        below(denominator) < numerator
    }

    /// Puts `elements` in a random order (Fisher and Yates).
    public mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, below(last + 1))
        }
    }

    /// Takes up to `count` elements at random, without replacement, in random order.
    public mutating func sample<Element>(_ count: Int, of elements: [Element]) -> [Element] {
        var pool = elements
        let size = min(max(count, 0), pool.count)
        for index in 0..<size { pool.swapAt(index, index + below(pool.count - index)) }
        return Array(pool.prefix(size))
    }

    /// A stream of its own for `label`, so that one node's draws never shift another's.
    public func fork(_ label: UInt64) -> Random {
        var copy = self
        return Random(seed: copy.next() ^ (label &* 0xD134_2543_DE82_EF95))
    }
}
