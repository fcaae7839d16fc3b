import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

private func relay(_ number: Int) -> Topology.AccessPoint {
    Topology.AccessPoint(host: .ip(IPAddress(v4: 0x0A00_0000 + UInt32(number))), port: 3001)
}

/// Pools with one relay each, numbered from 0.
private func pools(_ stakes: [UInt64]) -> [LedgerPeers.Pool] {
    stakes.enumerated().map { .init(stake: $1, relays: [relay($0)]) }
}

private let start = Instant(nanoseconds: 1_000_000_000_000)

private func ledger(
    _ stakes: [UInt64],
    snapshot: LedgerSnapshot? = nil,
    after slot: Int64? = 0
) -> LedgerPeers {
    LedgerPeers(ledgerPools: pools(stakes), snapshot: snapshot, useAfterSlot: slot)
}

/// As the macro, which takes no calls that change something.
private func expect<Value: Equatable>(
    _ found: Value,
    _ wanted: Value,
    at location: SourceLocation = #_sourceLocation
) {
    #expect(found == wanted, sourceLocation: location)
}

/// How often each of `count` relays came in single draws.
private func tally(
    _ peers: inout LedgerPeers,
    _ kind: LedgerPeers.Kind,
    count: Int,
    draws: Int,
    seed: UInt64 = 3
) -> [Int] {
    var random = Random(seed: seed)
    var tally = [Int](repeating: 0, count: count)
    for _ in 0..<draws {
        let drawn = peers.draw(1, of: kind, now: start, random: &random)
        for number in 0..<count where drawn?.first == relay(number) { tally[number] += 1 }
    }
    return tally
}

@Suite struct `Ledger peers` {
    /// Tolerance: 5 standard deviations of a binomial draw, and half a unit for rounding.
    private func isNear(_ found: Int, of draws: Int, part: Int, whole: Int) -> Bool {
        let difference = found * whole - draws * part
        // (found - np)^2 <= 25 np(1-p), all times whole^2.
        return difference * difference <= 25 * draws * part * (whole - part) + whole * whole
    }

    @Test func `are drawn by the square root of stake`() {
        // Roots 1, 2, 3, 4: chances 10 %, 20 %, 30 %, 40 %.
        var peers = ledger([1, 4, 9, 16])
        let found = tally(&peers, .all, count: 4, draws: 4000)
        for (place, part) in [1, 2, 3, 4].enumerated() {
            #expect(isNear(found[place], of: 4000, part: part, whole: 10), "\(found)")
        }
    }

    @Test func `that are big are drawn by stake, among nine tenths of it`() {
        // 50 + 30 = 80 is below 90, so the third crosses the line; the fourth is not big.
        var peers = ledger([3, 30, 50, 15, 2])
        let found = tally(&peers, .big, count: 5, draws: 4000)
        #expect(found[0] == 0)
        #expect(found[4] == 0)
        #expect(isNear(found[2], of: 4000, part: 50, whole: 90), "\(found)")
        #expect(isNear(found[1], of: 4000, part: 30, whole: 90), "\(found)")
        #expect(isNear(found[3], of: 4000, part: 10, whole: 90), "\(found)")
    }

    @Test(arguments: Seed.sweep(50))
    func `that are big hold nine tenths of the stake, and no pool too many`(seed: Seed) {
        var random = seed.random
        let stakes = (0..<(1 + random.below(30))).map { _ in UInt64(random.below(1000)) }
        var peers = ledger(stakes)
        let drawn = peers.draw(5000, of: .big, now: start, random: &random) ?? []
        let sum = stakes.reduce(0, +)
        let big = stakes.indices.filter { drawn.contains(relay($0)) }
        guard sum > 0 else {
            #expect(drawn.isEmpty)
            return
        }
        let least = big.map { stakes[$0] }.min() ?? 0
        let larger = stakes.filter { $0 > least }.reduce(0, +)
        #expect(larger * 10 < sum * 9, "without the smallest of them it was not enough")
        for place in stakes.indices where stakes[place] > least { #expect(big.contains(place)) }
    }

    @Test func `come once each, from a uniform relay of the pool`() {
        let two = LedgerPeers.Pool(stake: 5, relays: [relay(0), relay(1)])
        var peers = LedgerPeers(ledgerPools: [two], snapshot: nil, useAfterSlot: 0)
        let found = tally(&peers, .all, count: 2, draws: 2000)
        #expect(isNear(found[0], of: 2000, part: 1, whole: 2), "\(found)")
        var random = Random(seed: 1)
        let many = peers.draw(100, of: .all, now: start, random: &random)
        #expect(many.map(Set.init) == [relay(0), relay(1)])
        #expect(many?.count == 2)
    }

    @Test func `of the same seed are the same`() {
        var peers = ledger((1...50).map { UInt64($0) })
        var one = Random(seed: 9)
        var two = Random(seed: 9)
        let first = peers.draw(20, of: .all, now: start, random: &one)
        expect(peers.draw(20, of: .all, now: start, random: &two), first)
        #expect(first?.isEmpty == false)
    }

    @Test func `are none when off, before their slot, or without relays`() {
        var random = Random(seed: 1)
        for after in [nil, -1] as [Int64?] {
            var off = ledger([1, 2], after: after)
            expect(off.draw(3, of: .all, now: start, random: &random) == nil, true)
            expect(off.origin(now: start), .nowhere)
        }
        var bare = LedgerPeers(
            ledgerPools: [.init(stake: 9, relays: []), .init(stake: 0, relays: [relay(1)])],
            snapshot: nil,
            useAfterSlot: 0
        )
        for kind in LedgerPeers.Kind.allCases {
            expect(bare.draw(3, of: kind, now: start, random: &random) == nil, true)
        }
        var early = ledger([1, 2], after: 100)
        early.reached(99)
        expect(early.draw(3, of: .all, now: start, random: &random) == nil, true)
        early.reached(100)
        // Empty maps are looked at again after half a minute, not at once.
        let soon = start.advanced(by: .seconds(30) - .nanoseconds(1))
        expect(early.draw(3, of: .all, now: soon, random: &random) == nil, true)
        let later = start.advanced(by: .seconds(30))
        expect(early.draw(3, of: .all, now: later, random: &random) == nil, false)
        early.reached(5)
        #expect(early.ledgerSlot == 100)
    }

    private func snapshot(slot: UInt64) -> LedgerSnapshot {
        let tenth = LedgerSnapshot.wholeStake / 10
        return LedgerSnapshot(
            networkMagic: 1,
            slot: slot,
            blockHash: [UInt8](repeating: 1, count: LedgerSnapshot.blockHashLength),
            pools: [
                .init(stake: 6 * tenth, relays: [relay(10)]),
                .init(stake: 3 * tenth, relays: [relay(11)]),
            ]
        )
    }

    @Test(arguments: [
        (100, 100, 50, LedgerPeers.Origin.snapshot), (100, 101, 50, .ledger),
        (100, 0, 101, .nowhere), (100, 0, 100, .snapshot), (100, 200, 150, .ledger),
        (100, 200, 0, .ledger),
    ])
    func `come from the snapshot while it is as late as the ledger and late enough`(
        slot: Int,
        ledgerSlot: Int,
        after: Int,
        origin: LedgerPeers.Origin
    ) {
        var peers = ledger([1, 2], snapshot: snapshot(slot: UInt64(slot)), after: Int64(after))
        peers.reached(UInt64(ledgerSlot))
        expect(peers.origin(now: start), origin)
    }

    @Test func `of a snapshot are all big, and all there are`() {
        var random = Random(seed: 4)
        var peers = ledger([1, 2], snapshot: snapshot(slot: 5))
        for kind in LedgerPeers.Kind.allCases {
            let drawn = peers.draw(200, of: kind, now: start, random: &random)
            #expect(drawn.map(Set.init) == [relay(10), relay(11)])
        }
        let found = tally(&peers, .big, count: 12, draws: 3000)
        #expect(isNear(found[10], of: 3000, part: 2, whole: 3), "\(found)")
    }

    @Test func `are looked at again after 1847 s, or when the topology changes`() {
        var peers = ledger([1, 2], snapshot: snapshot(slot: 5))
        expect(peers.origin(now: start), .snapshot)
        peers.reached(6)
        let before = start.advanced(by: .seconds(1847) - .nanoseconds(1))
        expect(peers.origin(now: before), .snapshot)
        expect(peers.origin(now: start.advanced(by: .seconds(1847))), .ledger)
        expect(peers.use(afterSlot: 0, snapshot: snapshot(slot: 5)), false)
        expect(peers.use(afterSlot: 1, snapshot: snapshot(slot: 5)), false)
        expect(peers.use(afterSlot: 1, snapshot: snapshot(slot: 9)), true)
        expect(peers.origin(now: start), .snapshot)
        expect(peers.use(afterSlot: nil, snapshot: nil), true)
        #expect(!peers.isEnabled)
    }

    @Test func `are asked for in bounded numbers`() {
        var random = Random(seed: 1)
        var peers = ledger([1])
        expect(peers.draw(.max, of: .all, now: start, random: &random), [relay(0)])
        expect(peers.draw(-1, of: .all, now: start, random: &random), [])
        // The largest stakes there may be.
        var huge = ledger([UInt64(Int64.max), 1])
        expect(huge.draw(1, of: .big, now: start, random: &random), [relay(0)])
    }

    @Test func `have their service put before SRV names`() {
        let bare = Topology.AccessPoint(host: .name("pool.example.org"), port: nil)
        #expect(bare.asLedgerRelay.host == .name("_cardano._tcp.pool.example.org"))
        #expect(bare.asLedgerRelay.asLedgerRelay == bare.asLedgerRelay)
        let host = Topology.AccessPoint(host: .name("pool.example.org"), port: 3001)
        #expect(host.asLedgerRelay == host)
        #expect(relay(1).asLedgerRelay == relay(1))
    }
}
