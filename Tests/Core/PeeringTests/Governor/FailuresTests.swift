import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

struct FailuresTests {
    /// Until the peer is dialed again, nothing else being due.
    private func timeToRedial(_ rig: inout Rig, _ peer: UInt32 = 0) -> Duration? {
        let start = rig.now
        guard let next = rig.row(peer)?.nextAttemptAt else { return nil }
        let early = rig.wait(rig.now.duration(to: next) - .nanoseconds(1))
        #expect(early.dialed.isEmpty)
        #expect(rig.wait(.nanoseconds(1)).dialed == [.number(peer)])
        return start.duration(to: rig.now)
    }

    @Test(arguments: Seed.sweep())
    func `retries after 5, 10, 20, 40 and 80 s, give or take 2, and forgets on the sixth failure`(
        seed: Seed
    ) {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1))
        rig.random = seed.random
        for (index, seconds) in [5, 10, 20, 40, 80].enumerated() {
            #expect(rig.take(.promoteColdFailed(.number(0), .connectRefused)).transitions.isEmpty)
            #expect(rig.row(0)?.failCount == index + 1)
            let delay = timeToRedial(&rig)
            #expect(
                delay.map { $0 >= .seconds(seconds - 2) && $0 <= .seconds(seconds + 2) } == true
            )
            #expect(delay != .seconds(seconds))
        }
        let effects = rig.take(.promoteColdFailed(.number(0), .connectRefused))
        #expect(
            effects.transitions == [
                .transition(.number(0), from: .cold, to: .unknown, .failedTooOften, .addressBook)
            ]
        )
        #expect(rig.governor.known.isEmpty)
    }

    @Test func `local roots are retried for ever, at most 160 s apart`() {
        var rig = Rig(Targets(known: 1))
        rig.take(.localRoots([.of(0..<1, hot: 1, warm: 1)]))
        for seconds in [5, 10, 20, 40, 80, 160, 160, 160] {
            rig.take(.promoteColdFailed(.number(0), .connectRefused))
            let delay = timeToRedial(&rig)
            #expect(
                delay.map { $0 >= .seconds(seconds - 2) && $0 <= .seconds(seconds + 2) } == true
            )
        }
        #expect(rig.row(0)?.failCount == 8)
    }

    @Test(arguments: [
        (Governor.Root.Kind.configured, true), (.bootstrap, true), (.ledger, false),
        (.bigLedger, false),
    ])
    func `configured and bootstrap roots are never forgotten for failures, ledger peers are`(
        kind: Governor.Root.Kind,
        isKept: Bool
    ) {
        var rig = Rig()
        if kind == .bootstrap { rig.take(.bootstrapPeers(count: 1)) }
        rig.take(
            .targets(
                Targets(
                    root: 1,
                    known: 1,
                    established: 1,
                    knownBigLedger: 1,
                    establishedBigLedger: 1
                )
            )
        )
        let root = Governor.Root(peer: .number(0), advertise: false, kind: kind)
        rig.take(.publicRoots([root], retryAfter: .seconds(60)))
        for _ in 1...6 {
            rig.take(.promoteColdFailed(.number(0), .connectRefused))
            if let next = rig.row(0)?.nextAttemptAt { rig.wait(rig.now.duration(to: next)) }
        }
        #expect((rig.row(0) != nil) == isKept)
        #expect(rig.governor.counters.rootCount == (isKept ? 1 : 0))
    }

    @Test func `connecting alone forgives nothing`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1))
        rig.take(.promoteColdFailed(.number(0), .connectRefused))
        rig.wait(.seconds(7))
        rig.take(.promotedCold(.number(0), sharesPeers: false))
        rig.wait(.seconds(1000))
        #expect(rig.row(0)?.failCount == 1)
    }

    @Test(arguments: [(1, 120), (10, 12), (60, 2)])
    func `failures are forgiven 120 s after it became hot, by the pace`(pace: Int, seconds: Int) {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1), pace: pace)
        rig.take(.promoteColdFailed(.number(0), .connectRefused))
        rig.wait(.seconds(7))
        rig.take(.promotedCold(.number(0), sharesPeers: false))
        rig.settle(.targets(Targets(known: 1, established: 1, active: 1)))
        rig.wait(.seconds(seconds) - .nanoseconds(1))
        #expect(rig.row(0)?.failCount == 1)
        rig.wait(.nanoseconds(1))
        #expect(rig.row(0)?.failCount == 0)
    }

    @Test func `a new failure puts off forgiveness`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1, active: 1))
        rig.take(.promoteColdFailed(.number(0), .connectRefused))
        rig.wait(.seconds(7))
        rig.settle(.promotedCold(.number(0), sharesPeers: false))
        rig.wait(.seconds(100))
        rig.take(.observed(.number(0), .cold(.resetByPeer), delay: .seconds(200)))
        rig.wait(.seconds(100))
        #expect(rig.row(0)?.failCount == 2)
    }

    @Test(arguments: Seed.sweep())
    func `a failed promotion to hot costs the connection, and 10 s, give or take 2`(seed: Seed) {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1, active: 1))
        rig.random = seed.random
        rig.take(.promotedCold(.number(0), sharesPeers: true))
        let effects = rig.take(.promoteWarmFailed(.number(0), .helloTimeout))
        #expect(
            effects.transitions == [
                .transition(
                    .number(0),
                    from: .warm,
                    to: .cold,
                    .closed(.helloTimeout),
                    .addressBook
                )
            ]
        )
        #expect(rig.row(0)?.failCount == 1)
        #expect(rig.row(0)?.asking == .never)
        let delay = timeToRedial(&rig)
        #expect(delay.map { $0 >= .seconds(8) && $0 <= .seconds(12) } == true)
    }

    @Test(arguments: Seed.sweep())
    func `a hot protocol that ended leaves the peer warm, for its delay and up to 10 s more`(
        seed: Seed
    ) {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1, active: 1))
        rig.random = seed.random
        rig.settle(.promotedCold(.number(0), sharesPeers: false))
        let effects = rig.take(.observed(.number(0), .warm, delay: .seconds(120)))
        #expect(
            effects == [
                .transition(.number(0), from: .hot, to: .warm, .protocolEnded, .addressBook)
            ]
        )
        #expect(rig.wait(.seconds(120)).isEmpty)
        #expect(rig.wait(.milliseconds(99)).isEmpty)
        #expect(rig.wait(.seconds(10)).madeHot == [.number(0)])
        #expect(rig.row(0)?.isTepid == false)
        #expect(rig.row(0)?.failCount == 0)
    }

    @Test(arguments: Seed.sweep())
    func `a lost connection counts as a failure and waits its delay and up to 4 s more`(seed: Seed)
    {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1, active: 1))
        rig.random = seed.random
        rig.settle(.promotedCold(.number(0), sharesPeers: false))
        let effects = rig.take(.observed(.number(0), .cold(.resetByPeer), delay: .seconds(10)))
        #expect(
            effects == [
                .transition(.number(0), from: .hot, to: .cold, .closed(.resetByPeer), .addressBook)
            ]
        )
        #expect(rig.row(0)?.failCount == 1)
        let delay = timeToRedial(&rig)
        #expect(delay.map { $0 >= .seconds(10) + .milliseconds(100) && $0 <= .seconds(14) } == true)
    }

    @Test func `without a delay it may be used again at once`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1, active: 1))
        rig.settle(.promotedCold(.number(0), sharesPeers: false))
        #expect(rig.take(.observed(.number(0), .warm, delay: nil)).madeHot == [.number(0)])
        rig.take(.promotedWarm(.number(0)))
        let effects = rig.take(.observed(.number(0), .cold(.resetByPeer), delay: nil))
        #expect(effects.dialed == [.number(0)])
        #expect(rig.row(0)?.failCount == 1)
    }

    @Test func `the sixth loss makes a peer unknown`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1))
        for _ in 1...5 {
            rig.take(.promotedCold(.number(0), sharesPeers: false))
            rig.take(.observed(.number(0), .cold(.resetByPeer), delay: .seconds(10)))
            rig.wait(.seconds(14))
        }
        rig.take(.promotedCold(.number(0), sharesPeers: false))
        let effects = rig.take(.observed(.number(0), .cold(.resetByPeer), delay: .seconds(10)))
        #expect(
            effects.transitions == [
                .transition(
                    .number(0),
                    from: .warm,
                    to: .cold,
                    .closed(.resetByPeer),
                    .addressBook
                ),
                .transition(.number(0), from: .cold, to: .unknown, .failedTooOften, .addressBook),
            ]
        )
    }

    @Test func `a cooling peer is left alone until it is cold`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1, active: 1))
        rig.settle(.promotedCold(.number(0), sharesPeers: true))
        let effects = rig.take(.observed(.number(0), .cooling, delay: nil))
        #expect(
            effects == [
                .transition(.number(0), from: .hot, to: .warm, .protocolEnded, .addressBook)
            ]
        )
        #expect(rig.row(0)?.phase.destination == .cold)
        #expect(rig.take(.targets(Targets(known: 2))).closed.isEmpty)
        #expect(rig.wait(.seconds(2000)).asked.isEmpty)
        rig.take(.targets(Targets(known: 1, established: 1, active: 1)))
        let end = rig.take(.observed(.number(0), .cold(.closedByPeer), delay: .seconds(10)))
        #expect(
            end == [
                .transition(
                    .number(0),
                    from: .warm,
                    to: .cold,
                    .closed(.closedByPeer),
                    .addressBook
                )
            ]
        )
    }

    @Test func `what is seen of a peer being demoted is left to the job`() {
        var rig = Rig(knowing: 2, then: Targets(known: 2, established: 2, active: 1))
        for peer in [PeerID].numbered(0..<2) {
            rig.settle(.promotedCold(peer, sharesPeers: false))
        }
        let hot = rig.peers(.hot)[0]
        let warm = rig.peers(.warm)[0]
        rig.take(.targets(Targets(known: 2)))
        let statuses: [Governor.Status] = [.warm, .cooling, .cold(.resetByPeer)]
        for status in statuses {
            #expect(rig.take(.observed(hot, status, delay: .seconds(10))).isEmpty)
            #expect(rig.take(.observed(warm, status, delay: .seconds(10))).isEmpty)
        }
    }

    @Test func `a promotion to hot whose peer is gone comes to nothing`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1, established: 1, active: 1))
        #expect(rig.take(.promotedCold(.number(0), sharesPeers: false)).madeHot == [.number(0)])
        rig.take(.observed(.number(0), .cold(.resetByPeer), delay: .seconds(10)))
        #expect(rig.take(.promotedWarm(.number(0))).isEmpty)
        #expect(rig.take(.promoteWarmFailed(.number(0), .resetByPeer)).isEmpty)
        #expect(rig.row(0)?.failCount == 1)
    }

    @Test func `completions that nobody waits for change nothing`() {
        var rig = Rig(knowing: 1, then: Targets(known: 1))
        let stray: [Governor.Input] = [UInt32(0), 5].flatMap { number -> [Governor.Input] in
            let peer = PeerID.number(number)
            return [
                .promotedCold(peer, sharesPeers: true), .promoteColdFailed(peer, .unreachable),
                .promotedWarm(peer), .promoteWarmFailed(peer, .unreachable), .demotedHot(peer),
                .demoteHotFailed(peer), .demotedWarm(peer), .demoteWarmFailed(peer),
                .observed(peer, .warm, delay: nil), .observed(peer, .cooling, delay: nil),
                .observed(peer, .cold(.resetByPeer), delay: nil), .shared(by: peer, [.number(9)]),
                .shareFailed(by: peer), .publicRootsFailed, .seedFailed, .drawn([.number(8)]),
                .seedAnswered(newCount: 0), .deadline, .scored(.number(6), .init(value: 1)),
            ]
        }
        let before = rig.governor
        for input in stray { #expect(rig.take(input).isEmpty) }
        #expect(rig.governor == before)
    }
}
