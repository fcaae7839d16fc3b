import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct PeerSharingTests {
    /// `count` sharing peers, warm for long enough to be asked, of `known` wanted.
    private func rig(sharing count: Int, known: Int, pace: Int = 1) -> Rig {
        var rig = Rig(Targets(known: count, established: count), pace: pace)
        rig.carryOut(rig.take(.drawn(.numbered(0..<count))), sharing: true)
        rig.wait(.seconds(300))
        rig.take(.targets(Targets(known: known, established: count)))
        return rig
    }

    @Test(arguments: [(1, 300), (10, 30), (300, 1)])
    func `asks a peer 300 s after it became warm, by its pace`(pace: Int, seconds: Int) {
        var rig = Rig(Targets(known: 1, established: 1), pace: pace)
        rig.carryOut(rig.take(.drawn(.numbered(0..<1))), sharing: true)
        rig.take(.targets(Targets(known: 5, established: 1)))
        #expect(rig.wait(.seconds(seconds) - .nanoseconds(1)).asked.isEmpty)
        #expect(rig.wait(.nanoseconds(1)).asked == [.number(0)])
    }

    @Test(arguments: [(1, 900), (30, 30), (60, 15), (81, 12), (90, 11), (900, 11)])
    func `asks the same peer again after 900 s, by its pace, but never within 11 s`(
        pace: Int,
        seconds: Int
    ) {
        var rig = rig(sharing: 1, known: 5, pace: pace)
        rig.take(.shared(by: .number(0), []))
        let exact = max(Duration.seconds(900) / pace, .seconds(11))
        #expect(exact <= .seconds(seconds) && exact > .seconds(seconds - 1))
        #expect(rig.wait(exact - .nanoseconds(1)).asked.isEmpty)
        #expect(rig.wait(.nanoseconds(1)).asked == [.number(0)])
    }

    @Test func `asks a peer that came back no sooner than 11 s after the last time`() {
        var rig = rig(sharing: 1, known: 5, pace: 300)
        rig.take(.shared(by: .number(0), []))
        rig.take(.observed(.number(0), .cold(.resetByPeer), delay: nil))
        rig.carryOut(
            [.promoteCold(.number(0), mode: .initiatorAndResponder, dials: true)],
            sharing: true
        )
        #expect(rig.temperature(0) == .warm)
        #expect(rig.wait(.seconds(11) - .nanoseconds(1)).asked.isEmpty)
        #expect(rig.wait(.nanoseconds(1)).asked == [.number(0)])
    }

    @Test func `does not ask peers that do not share`() {
        var rig = Rig(Targets(known: 2, established: 2))
        rig.carryOut(rig.take(.drawn(.numbered(0..<2))), sharing: false)
        rig.take(.targets(Targets(known: 9, established: 2)))
        #expect(rig.wait(.seconds(2000)).asked.isEmpty)
    }

    @Test func `does not ask when it does not share itself`() {
        var rig = Rig(Targets(known: 2, established: 2), sharesPeers: false)
        rig.carryOut(rig.take(.drawn(.numbered(0..<2))), sharing: true)
        rig.take(.targets(Targets(known: 9, established: 2)))
        #expect(rig.wait(.seconds(2000)).asked.isEmpty)
    }

    @Test func `asks two at most, the next when those have answered`() {
        var rig = rig(sharing: 5, known: 50)
        #expect(rig.governor.counters.shareRequests == 2)
        let first = Set(
            rig.governor.known.ids.filter { rig.governor.known[$0]?.lastAskedAt != nil }
        )
        #expect(first.count == 2)
        let one = first.sorted()[0]
        #expect(rig.take(.shared(by: one, [])).asked.isEmpty)
        let next = rig.take(.shareFailed(by: first.sorted()[1])).asked
        #expect(next.count == 2 && first.isDisjoint(with: next))
    }

    @Test(arguments: [(1, 2, 8), (1, 9, 8), (1, 10, 9), (1, 256, 255), (1, 257, 255), (2, 22, 10)])
    func `asks each for its part of what is missing, from 8 to 255`(
        sharing: Int,
        known: Int,
        amount: Int
    ) {
        var rig = Rig(Targets(known: sharing, established: sharing))
        rig.carryOut(rig.take(.drawn(.numbered(0..<sharing))), sharing: true)
        rig.wait(.seconds(300))
        let effects = rig.take(.targets(Targets(known: known, established: sharing)))
        for case .ask(_, let asked) in effects { #expect(asked == amount) }
        #expect(effects.asked.count == sharing)
    }

    @Test func `uses what both told as soon as both did`() {
        var rig = rig(sharing: 2, known: 50)
        #expect(rig.take(.shared(by: .number(0), .numbered(10..<13))).transitions.isEmpty)
        let effects = rig.take(.shared(by: .number(1), .numbered(12..<15)))
        #expect(effects.transitions.count == 5)
        #expect(rig.row(12)?.source == .peerExchange)
        #expect(rig.row(12)?.advertise == .advertised)
        #expect(rig.row(12)?.sharing == .unknown)
    }

    @Test func `uses a part of the answers after 3 s, and the late ones until 10 s`() {
        var rig = rig(sharing: 2, known: 50)
        rig.take(.shared(by: .number(0), .numbered(10..<13)))
        #expect(rig.wait(.seconds(3) - .nanoseconds(1)).transitions.isEmpty)
        #expect(rig.governor.counters.shareRequests == 2)
        #expect(rig.wait(.nanoseconds(1)).transitions.count == 3)
        #expect(rig.governor.counters.shareRequests == 1)
        rig.wait(.seconds(6))
        #expect(rig.take(.shared(by: .number(1), .numbered(20..<22))).transitions.count == 2)
        #expect(rig.governor.counters.shareRequests == 0)
    }

    @Test func `gives up after 10 s, and ignores what comes then`() {
        var rig = rig(sharing: 1, known: 50)
        rig.wait(.seconds(10) - .nanoseconds(1))
        #expect(rig.governor.counters.shareRequests == 1)
        rig.wait(.nanoseconds(1))
        #expect(rig.governor.counters.shareRequests == 0)
        #expect(rig.take(.shared(by: .number(0), .numbered(10..<13))).isEmpty)
    }

    @Test func `a clock that jumps past both waits ends both`() {
        var rig = rig(sharing: 2, known: 50)
        rig.take(.shared(by: .number(0), .numbered(10..<13)))
        rig.now = rig.now.advanced(by: .seconds(60))
        #expect(rig.take(.deadline).transitions.count == 3)
        #expect(rig.governor.counters.shareRequests == 0)
    }

    @Test func `learns no more than are missing`() {
        var rig = rig(sharing: 1, known: 5)
        rig.take(.shared(by: .number(0), .numbered(0..<100)))
        #expect(rig.governor.known.count == 5)
    }

    @Test(arguments: [254, 255, 256])
    func `one answer brings 255 peers at most`(count: Int) {
        var rig = rig(sharing: 1, known: 1000)
        rig.take(.shared(by: .number(0), .numbered(10..<10 + count)))
        #expect(rig.governor.known.count == 1 + min(count, 255))
    }

    @Test func `a coin decides between inbound peers and asking`() {
        var headsCount = 0
        for seed in 1...40 {
            var rig = Rig(Targets(known: 1, established: 1))
            rig.random = Random(seed: UInt64(seed))
            rig.carryOut(rig.take(.drawn(.numbered(0..<1))), sharing: true)
            rig.wait(.seconds(300))
            rig.take(.inbound([.number(9): true]))
            #expect(rig.take(.targets(Targets(known: 4, established: 1))).asked == [.number(0)])
            headsCount += rig.row(9) == nil ? 0 : 1
        }
        #expect((10...30).contains(headsCount))
    }

    @Test func `learns no inbound peers while a request is under way`() {
        var rig = rig(sharing: 1, known: 5)
        rig.take(.inbound([.number(9): true]))
        #expect(rig.row(9) == nil)
        rig.take(.shared(by: .number(0), []))
        #expect(rig.row(9) != nil)
    }
}
