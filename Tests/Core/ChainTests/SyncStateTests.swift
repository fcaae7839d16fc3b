import Testing
import WarrenChain
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

/// The ledger state judgement of O§9.6, state by state.
struct SyncStateTests {
    private static let start = Instant(nanoseconds: 5_000_000_000)
    private let nanosecond = Duration.nanoseconds(1)

    /// A state, and what it was shown last.
    private struct Watch {
        var state = SyncState()
        var random = Random(seed: 7)
        var now = SyncStateTests.start

        mutating func look(isYoung: Bool = false, isIdle: Bool = false) -> LedgerState {
            state.look(isYoung: isYoung, isIdle: isIdle, now: now, random: &random)
            return state.ledgerState
        }

        mutating func pass(_ duration: Duration) { now = now.advanced(by: duration) }
    }

    @Test func `an old tip is trusted only in trusted company, when nobody shows more`() {
        var watch = Watch()
        #expect(watch.state.ledgerState == .tooOld)
        #expect(watch.look(isIdle: true) == .tooOld, "strangers who say nothing prove nothing")
        #expect(watch.state.phase == .preSyncing)
        watch.state.trust(true)
        #expect(watch.look() == .tooOld)
        #expect(watch.state.phase == .syncing)
        watch.state.trust(false)
        #expect(watch.look(isIdle: true) == .tooOld)
        #expect(watch.state.phase == .preSyncing)
        watch.state.trust(true)
        #expect(watch.look(isIdle: true) == .youngEnough)
        #expect(!watch.state.isTrusted, "that was then")
        #expect(watch.state.nextDeadline != nil, "the tip is old already")
    }

    @Test(arguments: [false, true]) func `a young tip is trusted at once`(isTrusted: Bool) {
        var watch = Watch()
        watch.state.trust(isTrusted)
        _ = watch.look()
        #expect(watch.look(isYoung: true) == .youngEnough)
    }

    @Test func `who is caught up stays so for twenty minutes, and up to three more`() throws {
        var stays: Set<Duration> = []
        for seed: UInt64 in 0..<50 {
            var watch = Watch()
            watch.random = Random(seed: seed)
            _ = watch.look(isYoung: true)
            watch.pass(.seconds(1))
            #expect(watch.look() == .youngEnough)
            let end = try #require(watch.state.nextDeadline)
            let stay = Self.start.duration(to: end)
            #expect(stay >= .seconds(20 * 60) && stay <= .seconds(23 * 60))
            stays.insert(stay)
            watch.now = end.advanced(by: .nanoseconds(-1))
            #expect(watch.look(isIdle: true) == .youngEnough)
            #expect(watch.state.nextDeadline == end, "drawn once")
            watch.now = end
            #expect(watch.look(isIdle: true) == .tooOld)
            #expect(watch.state.nextDeadline == nil)
        }
        #expect(stays.count > 40)
    }

    @Test func `a tip that grows old late ends it at once, and one that is young again does not`() {
        var watch = Watch()
        _ = watch.look(isYoung: true)
        watch.pass(.seconds(23 * 60))
        #expect(watch.look(isYoung: true) == .youngEnough)
        #expect(watch.state.nextDeadline == nil)
        watch.pass(nanosecond)
        #expect(watch.look() == .tooOld)
        // Back and forth within the least stay: no change is seen.
        watch = Watch()
        _ = watch.look(isYoung: true)
        for _ in 0..<10 {
            watch.pass(.seconds(60))
            #expect(watch.look() == .youngEnough)
            watch.pass(.seconds(59))
            #expect(watch.look(isYoung: true) == .youngEnough)
        }
    }

    @Test func `trust from before counts no more once the tip is old`() {
        var watch = Watch()
        watch.state.trust(true)
        _ = watch.look(isYoung: true)
        watch.pass(.seconds(24 * 60))
        #expect(watch.look(isIdle: true) == .tooOld)
        #expect(watch.look(isIdle: true) == .tooOld)
        watch.state.trust(true)
        #expect(watch.look(isIdle: true) == .youngEnough)
    }
}
