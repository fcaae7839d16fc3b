import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
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

    /// A producer shows a block to a relay and keeps the body; the relay showed it to a client.
    @Test func `of a body that is withheld costs the one who withholds it, not who relayed it`() {
        var chain = Self.chain
        chain.show()
        var relay = FetcherBench(chain: chain, isAll: false)
        var client = relay
        var server = `A block server`.Bench(chain: chain)
        var early = EarlyAnnouncement()
        early.observe(chain, now: relay.now)
        relay.tell(.wanted([chain.headers[20]]))
        client.tell(.wanted([chain.headers[20]]))
        #expect(client.asked == [.alice: [21...21]] && relay.asked == client.asked)
        server.ask(21...21)

        relay.pass(EarlyAnnouncement.showLimit)
        client.pass(EarlyAnnouncement.showLimit)
        #expect(early.overdue(now: relay.now) == chain.shown && server.sent.isEmpty)
        chain.withdrawShown()
        early.observe(chain, now: relay.now)
        #expect(early.nextDeadline == nil)
        server.chain = chain
        server.tell(.chainChanged)
        #expect(server.sent == [.alice: [.noBlocks]])
        client.receive(.noBlocks)
        // The roll back is on another channel, and comes later.
        client.pass(.seconds(9))
        client.candidates[.alice] = chain.candidate
        client.tell(.candidatesChanged)

        for _ in 0..<20 {
            relay.pass(.seconds(5))
            client.pass(.seconds(5))
        }
        #expect(client.stops.isEmpty)
        #expect(relay.stops == [.blocksTimeout])
    }

    @Test func `leaves those who show a header more time than it takes to withdraw it`() {
        // Ten hops of withdrawals, a second each, and all of them have spoken.
        let hops = EarlyAnnouncement.showLimit + .seconds(10)
        #expect(hops < EarlyAnnouncement.answerLimit)
    }
}
