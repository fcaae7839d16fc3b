import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

@Suite struct EnsurePeersTests {
    @Test func `a node without peers begins at once, and goes on every 30 seconds`() {
        var rig = CircleRig.ensurePeers()
        let start = rig.now
        rig.feed(.start(isBusy: false))
        #expect(rig.wait() == [.drawFromBook(4, outbound: 0)])
        #expect(rig.now == start)
        rig.feed(.drawn([], bookNeedsMore: false))
        #expect(rig.wait() == [.drawFromBook(4, outbound: 0)])
        #expect(start.duration(to: rig.now) == .seconds(30))
    }

    @Test(arguments: Seed.sweep(50))
    func `a node that dials someone already begins within a period`(_ seed: Seed) {
        var rig = CircleRig.ensurePeers(seed: seed.value)
        let start = rig.now
        rig.feed(.start(isBusy: true))
        rig.wait()
        #expect((.zero...EnsurePeers.period).contains(start.duration(to: rig.now)))
    }

    @Test func `nodes that start together do not begin together`() {
        let starts = (UInt64(1)...20).map { seed in
            var rig = CircleRig.ensurePeers(seed: seed)
            rig.feed(.start(isBusy: true))
            return rig.policy.nextDeadline
        }
        #expect(Set(starts).count == 20)
    }

    @Test func `the period is scaled by the pace`() {
        var rig = CircleRig.ensurePeers(pace: 10)
        rig.feed(.start(isBusy: false))
        rig.wait()
        let first = rig.now
        rig.wait()
        #expect(first.duration(to: rig.now) == .seconds(3))
    }

    @Test(arguments: [(0, 0, 4), (1, 0, 3), (1, 2, 1), (3, 0, 1)])
    func `connections and dials count against the limit`(
        outbound: Int,
        dialing: Int,
        room: Int
    ) {
        var rig = CircleRig.ensurePeers(limit: 4)
        rig.outbound = outbound
        rig.dialing = dialing
        rig.feed(.start(isBusy: false))
        #expect(rig.wait() == [.drawFromBook(room, outbound: outbound)])
    }

    @Test(arguments: [(4, 0), (0, 4), (2, 2), (9, 0)])
    func `at the limit nobody is drawn, and nobody is asked`(outbound: Int, dialing: Int) {
        var rig = CircleRig.ensurePeers(limit: 4)
        rig.connect(handle(9), isOutbound: false)
        rig.outbound = outbound
        rig.dialing = dialing
        rig.feed(.start(isBusy: false))
        #expect(rig.wait().isEmpty)
    }

    @Test func `no more are dialed than there is room for, however many the book gives`() {
        var rig = CircleRig.ensurePeers(limit: 4)
        rig.outbound = 1
        rig.feed(.start(isBusy: false))
        rig.wait()
        let dials = rig.feed(.drawn((1...9).map(handle), bookNeedsMore: false)).dials
        #expect(dials == [handle(1), handle(2), handle(3)])
    }

    @Test func `who is drawn is dialed, and is hot as soon as it said hello`() {
        var rig = CircleRig.ensurePeers()
        rig.feed(.start(isBusy: false))
        rig.wait()
        let reason = Reason.belowTarget(.established, 4)
        #expect(
            rig.feed(.drawn([handle(1)], bookNeedsMore: false)) == [
                .transition(handle(1), from: .unknown, to: .cold, .learnt, .addressBook),
                .dial(handle(1), mode: .initiatorAndResponder),
            ]
        )
        #expect(rig.feed(.connected(handle(1), isOutbound: true)).isEmpty)
        #expect(rig.temperature(handle(1)) == .cold)
        let ready = Circle.Input.ready(
            handle(1),
            canBeHot: true,
            sharesPeers: true,
            bookNeedsMore: false
        )
        #expect(
            rig.feed(ready) == [
                .use(handle(1), .hot),
                .transition(handle(1), from: .cold, to: .warm, reason, .addressBook),
                .transition(handle(1), from: .warm, to: .hot, reason, .addressBook),
            ]
        )
        #expect(rig.feed(ready).isEmpty, "once")
    }

    @Test func `who dialed us is hot too, and a peer without 0x70 is warm`() {
        var rig = CircleRig.ensurePeers()
        rig.connect(handle(1), isOutbound: false)
        #expect(rig.temperature(handle(1)) == .hot)
        #expect(rig.circle.known[handle(1)]?.source == .inbound)
        rig.connect(handle(2), isOutbound: false, canBeHot: false)
        #expect(rig.temperature(handle(2)) == .warm)
        #expect(!rig.effects.contains(.use(handle(2), .hot)))
    }

    @Test func `a lost peer is cold, and may be dialed again`() {
        var rig = CircleRig.ensurePeers()
        rig.connect(handle(1))
        #expect(!rig.circle.mayDial(handle(1)))
        #expect(
            rig.feed(.disconnected(handle(1), .resetByPeer)) == [
                .transition(handle(1), from: .hot, to: .cold, .closed(.resetByPeer), .addressBook)
            ]
        )
        #expect(rig.circle.mayDial(handle(1)))
    }

    @Test func `a node that the book gave up is forgotten`() {
        var rig = CircleRig.ensurePeers()
        rig.feed(.start(isBusy: false))
        rig.wait()
        rig.feed(.drawn([handle(1)], bookNeedsMore: false))
        #expect(
            rig.feed(.dialFailed(handle(1), .connectTimeout, isGivenUp: true)) == [
                .transition(handle(1), from: .cold, to: .unknown, .failedTooOften, .addressBook)
            ]
        )
    }

    @Test func `persistent peers and local roots are known, and not this policy's to draw`() {
        var rig = CircleRig.ensurePeers()
        let group = Governor.LocalRootGroup(members: [handle(2)], hotValency: 1, warmValency: 1)
        rig.feed(.configured(Circle.Configured(groups: [group], persistent: [handle(1)])))
        #expect(rig.circle.known[handle(1)]?.source == .localRoot)
        #expect(rig.circle.known[handle(2)]?.group == 0)
        #expect(!rig.circle.mayDial(handle(1)))
        #expect(!rig.circle.mayDial(handle(2)))
        rig.feed(.dialFailed(handle(2), .connectRefused, isGivenUp: true))
        #expect(rig.circle.knows(handle(2)), "never given up")
    }
}

// MARK: - Asking

extension EnsurePeersTests {
    /// A round with so many peers connected, and what it wants after the draw.
    private func round(
        connected: Int = 2,
        drawn: [PeerID] = [],
        bookNeedsMore: Bool = true
    ) -> [Circle.Effect] {
        var rig = CircleRig.ensurePeers(limit: 8)
        for number in 0..<connected { rig.connect(handle(UInt32(number) + 1)) }
        rig.feed(.start(isBusy: false))
        rig.wait()
        return rig.feed(.drawn(drawn, bookNeedsMore: bookNeedsMore))
    }

    @Test func `one connected peer is asked while the book has too few`() {
        let wanted = round(drawn: [handle(5)])
        #expect(wanted.asks.count == 1)
        #expect(wanted.asks.allSatisfy([handle(1), handle(2)].contains))
        #expect(!wanted.contains(.askSeed), "somebody was drawn")
        #expect(round(drawn: [handle(5)], bookNeedsMore: false).asks.isEmpty)
    }

    @Test func `seeds are asked when the book gives nobody and has too few`() {
        #expect(round(drawn: []).contains(.askSeed))
        #expect(!round(drawn: [], bookNeedsMore: false).contains(.askSeed))
    }

    @Test func `each connected peer is asked at some time`() {
        var rig = CircleRig.ensurePeers(limit: 8)
        for number in 1...3 { rig.connect(handle(UInt32(number))) }
        rig.feed(.start(isBusy: false))
        var asked: Set<PeerID> = []
        for _ in 0..<40 {
            rig.wait()
            asked.formUnion(rig.feed(.drawn([], bookNeedsMore: true)).asks)
        }
        #expect(asked.count == 3)
    }

    @Test func `a peer we dialed is asked at once, one that dialed us is not`() {
        var rig = CircleRig.ensurePeers()
        rig.feed(.start(isBusy: false))
        rig.wait()
        rig.feed(.drawn([handle(1)], bookNeedsMore: true))
        for (peer, isOutbound) in [(handle(1), true), (handle(2), false)] {
            rig.feed(.connected(peer, isOutbound: isOutbound))
            let wanted = rig.feed(
                .ready(peer, canBeHot: true, sharesPeers: true, bookNeedsMore: true)
            )
            #expect(wanted.asks == (isOutbound ? [peer] : []))
        }
    }

    @Test func `news wakes at once, and a wake-up asks no peer`() {
        var rig = CircleRig.ensurePeers(limit: 8)
        rig.connect(handle(1))
        rig.feed(.start(isBusy: false))
        rig.wait()
        rig.feed(.drawn([], bookNeedsMore: false))
        rig.pass(.seconds(5))
        let learntAt = rig.now
        rig.feed(.heard([handle(2)], newCount: 1, source: .peerExchange))
        #expect(rig.temperature(handle(2)) == .cold)
        #expect(rig.wait() == [.drawFromBook(7, outbound: 1)])
        #expect(rig.now == learntAt)
        #expect(rig.feed(.drawn([handle(2)], bookNeedsMore: true)).asks.isEmpty)
    }

    @Test func `old news wakes nobody`() {
        var rig = CircleRig.ensurePeers()
        rig.feed(.start(isBusy: false))
        rig.wait()
        rig.feed(.drawn([], bookNeedsMore: false))
        let next = rig.policy.nextDeadline
        rig.feed(.heard([handle(2)], newCount: 0, source: .peerExchange))
        rig.feed(.seedAnswered(newCount: 0))
        #expect(rig.policy.nextDeadline == next)
        rig.feed(.seedAnswered(newCount: 1))
        #expect(rig.policy.nextDeadline == rig.now)
    }

    @Test func `when the last dial of a round failed another round follows in a second`() {
        var rig = CircleRig.ensurePeers()
        rig.feed(.start(isBusy: false))
        rig.wait()
        let begun = rig.now
        rig.feed(.drawn([handle(1), handle(2)], bookNeedsMore: false))
        rig.feed(.dialFailed(handle(1), .connectRefused, isGivenUp: false))
        #expect(rig.policy.nextDeadline == begun.advanced(by: EnsurePeers.period))
        rig.feed(.dialFailed(handle(2), .connectRefused, isGivenUp: false))
        #expect(rig.policy.nextDeadline == begun.advanced(by: EnsurePeers.retryPause))
    }

    /// How often seeds are asked in so many rounds that find nobody, when each tells nothing new.
    private func seedVisits(connected: Int, pace: Int, for duration: Duration) -> Int {
        var rig = CircleRig.ensurePeers(limit: 8, pace: pace)
        for number in 0..<connected { rig.connect(handle(UInt32(number) + 1)) }
        rig.feed(.start(isBusy: false))
        let end = rig.now.advanced(by: duration)
        var count = 0
        while let due = rig.policy.nextDeadline, due <= end {
            rig.wait()
            guard rig.feed(.drawn([], bookNeedsMore: true)).contains(.askSeed) else { continue }
            count += 1
            rig.feed(.seedAnswered(newCount: 0))
        }
        return count
    }

    @Test func `seeds that tell nothing new are asked less and less often`() {
        let hour: Duration = .seconds(3600)
        // 11, 11, 11, 16, 32, 64, 128 s, and 256 for good.
        #expect((15...22).contains(seedVisits(connected: 2, pace: 1, for: hour)))
        #expect((15...22).contains(seedVisits(connected: 2, pace: 60, for: hour)))
    }

    @Test func `who has nobody asks its seeds every period, and not within 11 s`() {
        let hour: Duration = .seconds(3600)
        #expect((118...122).contains(seedVisits(connected: 0, pace: 1, for: hour)))
        #expect((300...328).contains(seedVisits(connected: 0, pace: 60, for: hour)))
    }

    @Test func `seeds are asked once at a time`() {
        var rig = CircleRig.ensurePeers()
        rig.feed(.start(isBusy: false))
        rig.wait()
        #expect(rig.feed(.drawn([], bookNeedsMore: true)) == [.askSeed])
        rig.wait()
        #expect(rig.feed(.drawn([], bookNeedsMore: true)).isEmpty)
        rig.feed(.seedFailed)
        rig.wait()
        #expect(rig.feed(.drawn([], bookNeedsMore: true)) == [.askSeed])
    }

    @Test func `public roots are dialed when the book gives nobody, with its back-off`() {
        var rig = CircleRig.ensurePeers()
        rig.feed(.start(isBusy: false))
        rig.feed(.configured(Circle.Configured(roots: [handle(7)])))
        rig.wait()
        #expect(rig.feed(.drawn([handle(1)], bookNeedsMore: false)).dials == [handle(1)])
        rig.wait()
        #expect(rig.feed(.drawn([], bookNeedsMore: false)).dials == [handle(7)])
        rig.feed(.dialFailed(handle(7), .connectRefused, isGivenUp: false))
        let until = rig.circle.known[handle(7)]?.nextAttemptAt
        #expect(until.map { rig.now.advanced(by: .seconds(2)) <= $0 } == true)
        #expect(until.map { $0 < rig.now.advanced(by: .seconds(3)) } == true)
    }
}

// MARK: - Limits

extension EnsurePeersTests {
    @Test func `a thousand strangers are known, and one more displaces one`() {
        var rig = CircleRig.ensurePeers()
        let most = UInt32(Circle.strangerLimit)
        rig.feed(.heard((1...most).map(handle), newCount: 0, source: .peerExchange))
        #expect(rig.circle.known.count == Circle.strangerLimit)
        let wanted = rig.feed(.heard([handle(most + 1)], newCount: 0, source: .routing))
        #expect(rig.circle.known.count == Circle.strangerLimit)
        #expect(rig.circle.knows(handle(most + 1)))
        #expect(wanted.count == 2, "one forgotten, one learnt")
    }

    @Test(arguments: Seed.sweep(30))
    func `whatever happens, the circle keeps its rules and its transitions join up`(_ seed: Seed) {
        var chance = seed.random
        var rig = CircleRig.ensurePeers(limit: 3, seed: seed.value)
        rig.feed(.start(isBusy: false))
        for _ in 0..<400 {
            let peer = handle(UInt32(1 + chance.below(12)))
            switch chance.below(12) {
            case 0: rig.feed(.connected(peer, isOutbound: chance.chance(1, in: 2)))
            case 1:
                rig.feed(.ready(peer, canBeHot: true, sharesPeers: true, bookNeedsMore: true))
            case 2: rig.feed(.dialFailed(peer, .connectRefused, isGivenUp: chance.below(4) == 0))
            case 3: rig.feed(.disconnected(peer, .closedByPeer))
            case 4: rig.feed(.drawn([peer], bookNeedsMore: chance.chance(1, in: 2)))
            case 5: rig.feed(.heard([peer], newCount: chance.below(2), source: .peerExchange))
            case 6: rig.feed(.forget(peer, .banned))
            case 7:
                let group = Governor.LocalRootGroup(
                    members: [peer],
                    hotValency: 1,
                    warmValency: 1
                )
                rig.feed(.configured(Circle.Configured(groups: [group], roots: [handle(3)])))
            case 8:
                let other = handle(UInt32(1 + chance.below(12)))
                if other != peer, rig.circle.known[other]?.phase.isConnected != true {
                    rig.feed(.merged(peer, other: other))
                }
            case 9: rig.pass(.milliseconds(chance.below(20_000)))
            default: rig.wait()
            }
        }
        var shown: [PeerID: Temperature] = [:]
        for case .transition(let peer, let from, let to, _, _) in rig.effects {
            #expect(shown[peer] ?? .unknown == from)
            shown[peer] = to == .unknown ? nil : to
        }
        for (peer, row) in zip(rig.circle.known.ids, rig.circle.known.rows) {
            #expect(shown[peer] == row.temperature)
        }
        #expect(shown.count == rig.circle.known.count)
    }
}
