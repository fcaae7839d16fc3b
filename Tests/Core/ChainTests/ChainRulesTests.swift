import Testing
import WarrenChain
import WarrenPrimitives

struct ChainRulesTests {
    private let rules = ChainRules(
        genesisID: Hash(of: []),
        start: Instant(nanoseconds: 1_000),
        slotLength: .nanoseconds(10),
        leaderSeed: [],
        producers: []
    )

    @Test func `slots follow one another from the start`() {
        #expect(rules.slot(at: Instant(nanoseconds: 999)) == nil)
        #expect(rules.slot(at: Instant(nanoseconds: 1_000)) == 0)
        #expect(rules.slot(at: Instant(nanoseconds: 1_009)) == 0)
        #expect(rules.slot(at: Instant(nanoseconds: 1_010)) == 1)
        #expect(rules.beginning(of: 1) == Instant(nanoseconds: 1_010))
        #expect(rules.beginning(of: .max) == nil)
        #expect(rules.beginning(of: UInt64(Int64.max / 10)) == nil)
    }
}
