import WarrenPrimitives

/// Pools laid end to end on a line, each as long as its weight; a draw is a point on it.
///
/// Weights are whole numbers, so that every machine draws the same. Source: O§9.1.
struct StakeMap: Sendable {
    /// Where each pool ends.
    private var ends: [UInt64] = []
    private var relays: [[Topology.AccessPoint]] = []
    /// Points are drawn below this.
    private var limit: UInt64 = 0

    var isEmpty: Bool { limit == 0 }
    /// How many pools there are on the line.
    var poolCount: Int { ends.count }

    /// Bits behind the point in the square root of a stake: its error is below 1/65536 of a unit,
    /// so that a pool's chance is right to 16 millionths of itself.
    static let rootFractionBits = 16

    /// Every pool, by the square root of its stake.
    init(all pools: [LedgerPeers.Pool]) {
        for pool in pools {
            let scaled = UInt128(pool.stake) << UInt128(2 * Self.rootFractionBits)
            append(pool.relays, weight: Self.squareRoot(scaled))
        }
        limit = ends.last ?? 0
    }

    /// The pools with most stake that hold nine tenths of it, the one that crosses the line
    /// included, by their stake.
    ///
    /// `total` is the stake of which they are a part, where the pools are not all there are.
    init(big pools: [LedgerPeers.Pool], total: UInt64?) {
        let sum = pools.reduce(UInt128(0)) { $0 + UInt128($1.stake) }
        let whole = max(sum, UInt128(total ?? 0))
        let bound = whole * 9 / 10
        // Of equal stakes the earlier pool comes first, as sorting promises no order of its own.
        let places = pools.indices.sorted {
            (pools[$1].stake, $0) < (pools[$0].stake, $1)
        }
        var before = UInt128(0)
        for place in places {
            guard before * 10 <= whole * 9 else { break }
            append(pools[place].relays, weight: pools[place].stake)
            before += UInt128(pools[place].stake)
        }
        limit = min(UInt64(clamping: max(bound, 1)), ends.last ?? 0)
    }

    /// A relay of the pool in which a random point lies.
    func draw(random: inout Random) -> Topology.AccessPoint? {
        guard limit > 0 else { return nil }
        let point = random.next().multipliedFullWidth(by: limit).high
        var low = 0
        var high = ends.count - 1
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= point { low = middle + 1 } else { high = middle }
        }
        let found = relays[low]
        return found[random.below(found.count)]
    }

    private mutating func append(_ relays: [Topology.AccessPoint], weight: UInt64) {
        let (end, overflow) = (ends.last ?? 0).addingReportingOverflow(weight)
        // Stakes that do not fit are no stakes; the files that bring them are checked for it.
        guard weight > 0, !overflow, !relays.isEmpty else { return }
        ends.append(end)
        self.relays.append(relays)
    }

    /// The whole part of the square root, by Newton's method from above.
    static func squareRoot(_ number: UInt128) -> UInt64 {
        guard number > 0 else { return 0 }
        var root = UInt128(1) << UInt128((128 - number.leadingZeroBitCount + 1) / 2)
        while true {
            let next = (root + number / root) / 2
            guard next < root else { return UInt64(clamping: root) }
            root = next
        }
    }
}
