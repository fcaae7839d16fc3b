import Testing
import WarrenChain
import WarrenPrimitives
import WarrenSupport

/// The numbers were computed by a Python script from the formula of design §17.14 alone.
struct LeaderScheduleTests {
    private static let seed = (0..<32).map { UInt8($0) }

    private func producer(_ number: UInt8) -> Hash {
        Hash([UInt8](repeating: number, count: Hash.byteCount)) ?? .zero
    }

    private func schedule(
        _ stakes: [UInt64],
        millionths: Int64,
        seed: [UInt8] = Self.seed
    ) -> LeaderSchedule {
        LeaderSchedule(
            ChainRules(
                genesisID: .zero,
                start: .epoch,
                activeSlotMillionths: millionths,
                leaderSeed: seed,
                producers: stakes.enumerated().map { place, stake in
                    ChainRules.Producer(key: producer(UInt8(place + 1)), stake: stake)
                }
            )
        )
    }

    @Test func `thresholds are exact to the last bit`() {
        let stakes: [UInt64] = [1, 1 << 63, .max]
        let total = stakes.reduce(UInt128(0)) { $0 + UInt128($1) }
        let expected: [(Int64, [UInt128])] = [
            (50_000, [0, 307_445_734_561_825_860, 614_891_469_123_651_720]),
            (1_000_000, [0, 6_148_914_691_236_517_205, 12_297_829_382_473_034_410]),
            (1, [0, 6_148_914_691_236, 12_297_829_382_473]),
            (999_999, [0, 6_148_908_542_321_825_968, 12_297_817_084_643_651_936]),
        ]
        for (millionths, thresholds) in expected {
            let found = stakes.map {
                LeaderSchedule.threshold(stake: $0, of: total, millionths: millionths)
            }
            #expect(found == thresholds, "at \(millionths) millionths")
        }
        let most = UInt64(Int64.max)
        let hundredThousand = LeaderSchedule.threshold(
            stake: most,
            of: UInt128(most) * 100_000,
            millionths: 50_000
        )
        #expect(hundredThousand == 9_223_372_036_854)
    }

    @Test func `one who has all stake may lead every slot, and the threshold does not overflow`() {
        let whole = UInt128(1) << 64
        for stake in [1, 7, UInt64.max] {
            let total = UInt128(stake)
            #expect(
                LeaderSchedule.threshold(stake: stake, of: total, millionths: 1_000_000) == whole
            )
            #expect(
                LeaderSchedule.threshold(stake: stake, of: total, millionths: .max) == whole
            )
            #expect(LeaderSchedule.threshold(stake: stake, of: total, millionths: -1) == 0)
        }
        let schedule = schedule([.max], millionths: 1_000_000)
        for slot in [0, 1, 1 << 32, UInt64.max] {
            #expect(schedule.leads(producer(1), slot: slot))
        }
        #expect(!schedule.leads(producer(2), slot: 0))
    }

    @Test func `the slots of three producers are those that the formula gives`() {
        let schedule = schedule([5, 3, 2], millionths: 300_000)
        let expected: [UInt8: [UInt64]] = [
            1: [13, 15, 18, 29, 34, 41, 45, 47, 54, 58],
            2: [21, 23, 33, 51, 52],
            3: [17, 21, 22, 32, 35],
        ]
        let last: [UInt8: [UInt64]] = [
            1: [.max - 22, .max - 18, .max - 10],
            2: [.max - 23],
            3: [.max - 17],
        ]
        for number: UInt8 in 1...3 {
            let key = producer(number)
            #expect((0..<60).filter { schedule.leads(key, slot: $0) } == expected[number])
            let far = (UInt64.max - 24)...UInt64.max
            #expect(far.filter { schedule.leads(key, slot: $0) } == last[number])
        }
    }

    @Test func `no stake leads no slot, with others or alone`() {
        let alone = schedule([0], millionths: 1_000_000)
        let beside = schedule([0, 1], millionths: 1_000_000)
        for slot: UInt64 in 0..<500 {
            #expect(!alone.leads(producer(1), slot: slot))
            #expect(!beside.leads(producer(1), slot: slot))
            #expect(beside.leads(producer(2), slot: slot))
        }
        #expect(beside.knows(producer(1)) && !beside.knows(producer(3)))
    }

    @Test(arguments: Seed.sweep(5))
    func `over many slots each leads as its stake says`(seed: Seed) {
        var random = seed.random
        let drawn = (0..<32).map { _ in UInt8(random.below(256)) }
        let schedule = schedule([6, 3, 1], millionths: 400_000, seed: drawn)
        let slots = 4_000
        for (place, share) in [6, 3, 1].enumerated() {
            let count = (0..<UInt64(slots)).count {
                schedule.leads(producer(UInt8(place + 1)), slot: $0)
            }
            let expected = slots * 4 * share / 100
            // Five standard deviations of the binomial distribution, whose variance is below its
            // mean.
            let width = 5 * expected
            let difference = count - expected
            #expect(difference * difference < 5 * width, "\(count) instead of \(expected)")
        }
    }
}
