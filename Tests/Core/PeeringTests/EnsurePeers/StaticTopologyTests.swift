import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport
import WarrenSwitch

@Suite struct StaticTopologyTests {
    private func configured(
        _ members: [UInt32],
        persistent: [UInt32] = [],
        behindFirewall: Bool = false
    ) -> Circle.Input {
        var group = Governor.LocalRootGroup(
            members: members.map(handle),
            hotValency: 1,
            warmValency: 1
        )
        group.behindFirewall = behindFirewall
        return .configured(
            Circle.Configured(
                groups: [group],
                persistent: persistent.map(handle),
                roots: [handle(99)]
            )
        )
    }

    /// Every dial within `duration`, all of them failing.
    private func failedDials(_ rig: inout CircleRig, within duration: Duration) -> [Duration] {
        let start = rig.now
        var waits: [Duration] = []
        var last = start
        while let due = rig.policy.nextDeadline, start.duration(to: due) <= duration {
            for peer in rig.wait().dials {
                waits.append(last.duration(to: rig.now))
                last = rig.now
                rig.feed(.dialFailed(peer, .connectRefused, isGivenUp: true))
            }
        }
        return waits
    }

    @Test func `every access point is dialed, whatever the valency says`() {
        var rig = CircleRig.staticTopology()
        rig.feed(configured([1, 2, 3]))
        var dialed: Set<PeerID> = []
        for _ in 0..<3 { dialed.formUnion(rig.wait().dials) }
        #expect(dialed == [handle(1), handle(2), handle(3)])
        #expect(rig.policy.nextDeadline == nil)
        #expect(!rig.circle.knows(handle(99)), "public roots are for discovery")
    }

    @Test func `a lost root is dialed for ever by the reconnect schedule`() throws {
        var rig = CircleRig.staticTopology()
        rig.feed(configured([1]))
        let waits = failedDials(&rig, within: .seconds(400_000))
        let jitter = Duration.milliseconds(ReconnectSchedule.jitterLimit)
        try #require(waits.count > 30)
        #expect(waits[0] < jitter)
        for wait in waits[1..<20] {
            #expect((.seconds(5) ... .seconds(5) + jitter).contains(wait))
        }
        let last = try #require(waits.last)
        #expect(last >= .seconds(59_049), "the last period repeats")
    }

    @Test func `a configured limit caps every wait`() {
        var rig = CircleRig.staticTopology(dialPeriodLimit: .seconds(10))
        rig.feed(configured([1]))
        let waits = failedDials(&rig, within: .seconds(1000))
        #expect(waits.allSatisfy { $0 <= .seconds(10) })
        #expect(waits.count >= 100)
    }

    @Test func `a root that held is dialed soon after it is lost`() {
        var rig = CircleRig.staticTopology()
        rig.feed(configured([1]))
        _ = failedDials(&rig, within: .seconds(300))
        rig.wait()
        rig.connect(handle(1))
        #expect(rig.temperature(handle(1)) == .hot)
        rig.pass(.seconds(60))
        let lostAt = rig.now
        rig.feed(.disconnected(handle(1), .resetByPeer))
        #expect(rig.wait().dials == [handle(1)])
        #expect(lostAt.duration(to: rig.now) < .seconds(3))
    }

    @Test func `a root that accepts and hangs up is not dialed in a tight loop`() {
        var rig = CircleRig.staticTopology()
        rig.feed(configured([1]))
        rig.wait()
        rig.connect(handle(1))
        let lostAt = rig.now
        rig.feed(.disconnected(handle(1), .closedByPeer))
        rig.wait()
        #expect(lostAt.duration(to: rig.now) >= .seconds(5))
    }

    @Test func `persistent peers and those behind a firewall are dialed by others`() {
        var rig = CircleRig.staticTopology()
        rig.feed(configured([1], persistent: [2], behindFirewall: true))
        #expect(rig.policy.nextDeadline == nil)
        #expect(rig.circle.known.count == 2)
        rig.connect(handle(1), isOutbound: false)
        #expect(rig.temperature(handle(1)) == .hot)
        #expect(rig.circle.known[handle(1)]?.source == .localRoot)
    }

    @Test func `a guest is used while it is there, and forgotten after`() {
        var rig = CircleRig.staticTopology()
        rig.connect(handle(5), isOutbound: false)
        #expect(rig.temperature(handle(5)) == .hot)
        rig.feed(.disconnected(handle(5), .closedByPeer))
        #expect(!rig.circle.knows(handle(5)))
    }

    @Test func `who is taken out of the topology is hung up on`() {
        var rig = CircleRig.staticTopology()
        rig.feed(configured([1, 2]))
        rig.wait()
        rig.wait()
        rig.connect(handle(1))
        let wanted = rig.feed(configured([2]))
        #expect(wanted.contains(.hangUp(handle(1), .notWanted)))
    }

    @Test func `nobody is asked, and nothing heard is believed`() {
        var rig = CircleRig.staticTopology()
        rig.feed(.start(isBusy: false))
        rig.connect(handle(1), isOutbound: false)
        rig.effects = []
        rig.feed(.heard([handle(8)], newCount: 1, source: .peerExchange))
        rig.feed(.drawn([handle(9)], bookNeedsMore: true))
        rig.feed(.deadline(outbound: 0, dialing: 0))
        #expect(rig.effects.isEmpty)
        #expect(rig.circle.known.count == 1)
    }
}
