import Testing
import WarrenChain
import WarrenGossip
import WarrenPrimitives

@Suite struct `An early announcement` {
    private static let chain = `A chain client`.chain

    @Test func `is overdue after 5 s, and not when the body came or another header is shown`() {
        var chain = Self.chain
        var early = EarlyAnnouncement()
        early.observe(chain, now: .epoch)
        #expect(early.nextDeadline == nil)
        chain.show()
        early.observe(chain, now: .epoch)
        let due = Instant.epoch.advanced(by: EarlyAnnouncement.showLimit)
        #expect(early.nextDeadline == due)
        // Told of it again, it does not begin anew.
        early.observe(chain, now: .epoch.advanced(by: .seconds(3)))
        #expect(early.nextDeadline == due)
        #expect(early.overdue(now: due.advanced(by: .nanoseconds(-1))) == nil)
        #expect(early.overdue(now: due) == chain.shown)
        var other = chain
        other.withdrawShown()
        other.show()
        var adopted = chain
        adopted.adoptShown()
        var next = early
        next.observe(adopted, now: due)
        #expect(next.nextDeadline == nil && next.overdue(now: due) == nil)
        early.observe(other, now: due)
        #expect(early.overdue(now: due) == nil && early.nextDeadline != nil)
    }

    @Test func `leaves those who show a header more time than it takes to withdraw it`() {
        // Ten hops of withdrawals, a second each, and all of them have spoken.
        let hops = EarlyAnnouncement.showLimit + .seconds(10)
        #expect(hops < EarlyAnnouncement.answerLimit)
    }
}
