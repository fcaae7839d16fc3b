import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct BigLedgerPeersTests {
    private static let targets = Targets(
        known: 1,
        knownBigLedger: 3,
        establishedBigLedger: 2,
        activeBigLedger: 1
    )

    private func roots(
        _ range: Range<Int>,
        _ kind: Governor.Root.Kind = .bigLedger
    ) -> [Governor.Root] {
        [PeerID].numbered(range).map { .init(peer: $0, advertise: true, kind: kind) }
    }

    @Test func `asks for as many as are missing, then connects and uses them by their targets`() {
        var rig = Rig()
        #expect(rig.take(.targets(Self.targets)).contains(.requestBigLedgerPeers(3)))
        rig.settle(.bigLedgerPeers(roots(0..<3), retryAfter: .seconds(5)))
        #expect(rig.governor.counters.bigLedger.known == 3)
        #expect(rig.governor.counters.bigLedger.established == 2)
        #expect(rig.governor.counters.bigLedger.active == 1)
        #expect(rig.governor.counters.peers.known == 0)
        #expect(rig.row(0)?.advertise == .withheld)
    }

    @Test(arguments: [(2, false), (3, false), (4, true)])
    func `asks below the target only, and forgets above it`(target: Int, asks: Bool) {
        var rig = Rig(Self.targets, sharesPeers: false)
        rig.take(.bigLedgerPeers(roots(0..<3), retryAfter: .seconds(5)))
        rig.wait(.seconds(5))
        let effects = rig.take(.targets(Targets(known: 1, knownBigLedger: target)))
        #expect(effects.contains(.requestBigLedgerPeers(1)) == asks)
        #expect(rig.governor.counters.bigLedger.known == min(target, 3))
    }

    @Test func `failures back off 2, 4, 8 up to 256 s, and wake the governor`() {
        var rig = Rig(Targets(known: 1, knownBigLedger: 1))
        rig.take(.drawn([.number(9)]))
        for exponent in [1, 2, 3, 4, 5, 6, 7, 8, 8] {
            rig.take(.bigLedgerPeersFailed)
            let delay = Duration.seconds(1 << exponent)
            #expect(rig.governor.nextDeadline == rig.now.advanced(by: delay))
            #expect(rig.wait(delay - .nanoseconds(1)).jobs.isEmpty)
            #expect(rig.wait(.nanoseconds(1)).jobs == [.requestBigLedgerPeers(1)])
        }
    }

    @Test func `their back-off is their own`() {
        var rig = Rig(Targets(root: 1, known: 1, knownBigLedger: 1))
        rig.take(.publicRootsFailed)
        #expect(rig.wait(.seconds(2)).contains(.requestPublicRoots(1)))
        rig.take(.publicRootsFailed)
        rig.take(.bigLedgerPeersFailed)
        let effects = rig.wait(.seconds(2))
        #expect(effects.contains(.requestBigLedgerPeers(1)))
        #expect(!effects.contains(.requestPublicRoots(1)))
    }

    @Test func `configured roots that came instead count as nothing new the second time`() {
        var rig = Rig(Targets(known: 3, knownBigLedger: 2))
        rig.take(.bigLedgerPeers(roots(0..<3, .configured), retryAfter: .seconds(60)))
        #expect(rig.governor.counters.bigLedger.known == 0)
        #expect(rig.governor.counters.rootCount == 3)
        #expect(rig.wait(.seconds(60)).contains(.requestBigLedgerPeers(2)))
        rig.take(.bigLedgerPeers(roots(0..<3, .configured), retryAfter: .seconds(60)))
        #expect(rig.wait(.seconds(2)).contains(.requestBigLedgerPeers(2)))
    }

    @Test func `a peer that several sets claim joins the best of them`() {
        var rig = Rig(Targets(root: 9, known: 9, knownBigLedger: 9))
        rig.take(
            .publicRoots(
                roots(0..<4, .bigLedger) + roots(0..<3, .ledger) + roots(0..<1, .configured),
                retryAfter: .seconds(5)
            )
        )
        let standings = (0..<4).compactMap { rig.row($0)?.standing }
        #expect(
            standings == [.root(.configured), .root(.ledger), .root(.ledger), .root(.bigLedger)]
        )
    }

    @Test func `who is a root already stays what it is`() {
        var rig = Rig(Targets(root: 9, known: 9, knownBigLedger: 9))
        rig.take(.publicRoots(roots(0..<1, .ledger), retryAfter: .seconds(5)))
        rig.take(.bigLedgerPeers(roots(0..<2), retryAfter: .seconds(5)))
        rig.wait(.seconds(5))
        rig.take(.publicRoots(roots(1..<2, .ledger), retryAfter: .seconds(5)))
        #expect(rig.row(0)?.standing == .root(.ledger))
        #expect(rig.row(1)?.standing == .root(.bigLedger))
    }

    @Test func `forgets neither connected ones nor those being connected`() {
        var rig = Rig(Self.targets)
        let dialed = rig.take(.bigLedgerPeers(roots(0..<3), retryAfter: .seconds(5))).dialed
        rig.take(.promotedCold(dialed[0], sharesPeers: false))
        rig.take(.targets(Targets(known: 1, knownBigLedger: 0)))
        #expect(Set(rig.governor.known.ids) == Set(dialed))
    }
}
