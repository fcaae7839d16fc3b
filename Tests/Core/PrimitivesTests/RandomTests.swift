import Testing
import WarrenPrimitives
import WarrenSupport

/// Golden values come from a second implementation, written in Python from the paper.
struct RandomTests {
    static let golden: [(seed: UInt64, numbers: [UInt64])] = [
        (
            0,
            [
                0x99EC_5F36_CB75_F2B4, 0xBF6E_1F78_4956_452A, 0x1A5F_849D_4933_E6E0,
                0x6AA5_94F1_262D_2D2C, 0xBBA5_AD4A_1F84_2E59,
            ]
        ),
        (
            1,
            [
                0xB3F2_AF6D_0FC7_10C5, 0x853B_5596_4736_4CEA, 0x92F8_9756_082A_4514,
                0x642E_1C7B_C266_A3A7, 0xB27A_48E2_9A23_3673,
            ]
        ),
        (
            .max,
            [
                0x8F55_20D5_2A7E_AD08, 0xC476_A018_CAA1_802D, 0x81DE_31C0_D260_469E,
                0xBF65_8D7E_065F_3C2F, 0x9135_93FD_A1BC_A32A,
            ]
        ),
    ]

    @Test(arguments: golden)
    func `a seed gives the same numbers for ever`(seed: UInt64, expected: [UInt64]) {
        var random = Random(seed: seed)
        let numbers = expected.map { _ in random.next() }
        #expect(numbers == expected)
    }

    @Test
    func `draws from a seed are the same for ever`() {
        var random = Random(seed: 42)
        let digits = (0..<20).map { _ in random.below(10) }
        #expect(digits == [0, 3, 6, 9, 9, 7, 7, 8, 7, 5, 6, 2, 8, 3, 7, 8, 6, 8, 7, 7])
        random = Random(seed: 42)
        let large = (0..<6).map { _ in random.below(1_000_003) }
        #expect(large == [83863, 378_981, 680_045, 924_695, 991_806, 769_741])
        random = Random(seed: 42)
        var cards = Array(0..<10)
        random.shuffle(&cards)
        #expect(cards == [9, 1, 4, 2, 8, 7, 6, 5, 3, 0])
        random = Random(seed: 42)
        let hand = random.sample(4, of: Array(0..<10))
        #expect(hand == [0, 4, 7, 9])
        random = Random(seed: 42)
        let spans = (0..<3).map { _ in random.duration(from: .seconds(1), to: .seconds(2)) }
        #expect(spans.map(\.wholeNanoseconds) == [1_083_862_971, 1_378_980_251, 1_680_043_411])
    }

    @Test
    func `a fork depends on label and state, and leaves the parent alone`() {
        let random = Random(seed: 42)
        let expected: [UInt64] = [
            0x8EE4_45D1_4631_C453, 0x866E_D709_8F82_1DE2, 0xCD34_0EA8_B804_806F,
        ]
        let forks = (0..<3).map { label in
            var fork = random.fork(UInt64(label))
            return fork.next()
        }
        #expect(forks == expected)
        #expect(random == Random(seed: 42))
        var drawn = random
        _ = drawn.next()
        #expect(drawn.fork(0) != random.fork(0))
        // Draws from a fork shift nobody else's.
        var one = random.fork(1)
        for _ in 0..<100 { _ = one.next() }
        #expect(random.fork(2) == Random(seed: 42).fork(2))
    }

    @Test(arguments: Seed.sweep())
    func `draws stay within their bounds and reach them`(seed: Seed) {
        var random = seed.random
        var seen: Set<Int> = []
        for _ in 0..<500 {
            let value = random.below(3)
            #expect((0..<3).contains(value))
            seen.insert(value)
            let span = random.duration(from: .nanoseconds(5), to: .nanoseconds(7))
            #expect((5...7).contains(span.wholeNanoseconds))
            let (only, large) = (random.below(1), random.below(.max))
            #expect(only == 0 && (0..<Int.max).contains(large))
            let (never, always) = (random.chance(0, in: 5), random.chance(5, in: 5))
            #expect(!never && always)
        }
        #expect(seen == [0, 1, 2])
        let point = random.duration(from: .seconds(3), to: .seconds(3))
        #expect(point == .seconds(3))
    }

    @Test(arguments: Seed.sweep())
    func `a sample has no element twice, and as many as there are at most`(seed: Seed) {
        var random = seed.random
        let pool = Array(0..<20)
        for count in [-1, 0, 1, 19, 20, 21] {
            let sample = random.sample(count, of: pool)
            #expect(sample.count == min(max(count, 0), 20))
            #expect(Set(sample).count == sample.count)
            #expect(Set(sample).isSubset(of: pool))
        }
        var cards = pool
        random.shuffle(&cards)
        #expect(cards.sorted() == pool)
    }

    @Test
    func `every order of three comes up equally often`() {
        var random = Random(seed: 7)
        var counts: [[Int]: Int] = [:]
        for _ in 0..<6000 {
            var cards = [0, 1, 2]
            random.shuffle(&cards)
            counts[cards, default: 0] += 1
        }
        #expect(counts.count == 6)
        #expect(counts.values.allSatisfy { (900...1100).contains($0) })
    }
}
