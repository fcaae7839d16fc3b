import Testing
import WarrenChain
import WarrenObservation
import WarrenPrimitives

struct JudgementTests {
    private let rules: ChainRules = {
        var rules = Realm().rules
        rules.start = Instant(nanoseconds: 5_000_000_000)
        return rules
    }()

    private func instant(_ seconds: Int64) -> Instant {
        Instant(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `a ledger is young enough for twenty minutes after its tip`() {
        let tip = Point.block(height: 1, slot: 100, .zero)
        #expect(rules.ledgerState(at: tip, now: instant(1_305)) == .youngEnough)
        let past = instant(1_305).advanced(by: .nanoseconds(1))
        #expect(rules.ledgerState(at: tip, now: past) == .tooOld)
        #expect(rules.ledgerState(at: .origin, now: instant(1_205)) == .youngEnough)
        #expect(rules.ledgerState(at: .origin, now: instant(1_206)) == .tooOld)
    }

    @Test func `bodies are fetched in bulk when the tip is a thousand slots behind`() {
        let tip = Point.block(height: 1, slot: 100, .zero)
        // Slot 1,100 ends when second 1,106 begins.
        let last = instant(1_106).advanced(by: .nanoseconds(-1))
        #expect(rules.fetchMode(at: tip, now: last) == .deadline)
        #expect(rules.fetchMode(at: tip, now: instant(1_106)) == .bulkSync)
        #expect(rules.fetchMode(at: .origin, now: instant(1_005)) == .deadline)
        #expect(rules.fetchMode(at: .origin, now: instant(1_006)) == .bulkSync)
    }

    @Test func `the next judgement is told to the nanosecond`() throws {
        let tip = Point.block(height: 1, slot: 100, .zero)
        var now = instant(106)
        var changes: [(LedgerState, FetchMode)] = []
        while let next = rules.nextJudgement(at: tip, now: now) {
            #expect(next > now)
            let before = next.advanced(by: .nanoseconds(-1))
            #expect(rules.ledgerState(at: tip, now: before) == rules.ledgerState(at: tip, now: now))
            #expect(rules.fetchMode(at: tip, now: before) == rules.fetchMode(at: tip, now: now))
            now = next
            changes.append(
                (rules.ledgerState(at: tip, now: now), rules.fetchMode(at: tip, now: now))
            )
        }
        #expect(changes.map(\.0) == [.youngEnough, .tooOld])
        #expect(changes.map(\.1) == [.bulkSync, .bulkSync])
    }
}
