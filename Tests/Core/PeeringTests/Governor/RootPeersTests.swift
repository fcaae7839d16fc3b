import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct RootPeersTests {
    private func roots(_ range: Range<Int>) -> [Governor.Root] {
        [PeerID].numbered(range).map { .init(peer: $0, advertise: true) }
    }

    @Test func `asks for as many public roots as are missing, local ones counted`() {
        var rig = Rig()
        rig.take(.localRoots([.of(0..<2, hot: 1, warm: 2)]))
        #expect(rig.take(.targets(Targets(root: 5, known: 9))).contains(.requestPublicRoots(3)))
        #expect(!rig.take(.deadline).contains { $0 == .requestPublicRoots(3) })
    }

    @Test(arguments: [(2, false), (3, true), (1, false)])
    func `asks below the target, neither at it nor above`(target: Int, asks: Bool) {
        var rig = Rig(Targets(root: 2, known: 5))
        rig.take(.publicRoots(roots(0..<2), retryAfter: .seconds(9)))
        rig.wait(.seconds(9))
        let effects = rig.take(.targets(Targets(root: target, known: 5)))
        #expect(effects.contains(.requestPublicRoots(1)) == asks)
    }

    @Test func `failures back off 2, 4, 8 up to 256 seconds`() {
        var rig = Rig(Targets(root: 1, known: 1), sharesPeers: false)
        for exponent in [1, 2, 3, 4, 5, 6, 7, 8, 8, 8] {
            rig.take(.publicRootsFailed)
            let delay = Duration.seconds(1 << exponent)
            #expect(!rig.wait(delay - .nanoseconds(1)).contains(.requestPublicRoots(1)))
            #expect(rig.wait(.nanoseconds(1)).contains(.requestPublicRoots(1)))
        }
    }

    @Test func `nothing new backs off on its own count, and something new ends it`() {
        var rig = Rig(Targets(root: 3, known: 3))
        rig.take(.publicRootsFailed)
        #expect(rig.wait(.seconds(2)).contains(.requestPublicRoots(3)))
        for exponent in 1...3 {
            rig.take(.publicRoots([], retryAfter: .seconds(60)))
            #expect(rig.wait(.seconds(1 << exponent)).contains(.requestPublicRoots(3)))
        }
        rig.take(.publicRoots(roots(0..<1), retryAfter: .seconds(60)))
        #expect(!rig.wait(.seconds(59)).contains(.requestPublicRoots(2)))
        #expect(rig.wait(.seconds(1)).contains(.requestPublicRoots(2)))
        rig.take(.publicRoots(roots(0..<1), retryAfter: .seconds(60)))
        #expect(rig.wait(.seconds(2)).contains(.requestPublicRoots(2)))
    }

    @Test func `all that a request brings is taken, but no local root`() {
        var rig = Rig(Targets(known: 9))
        rig.take(.localRoots([.of(0..<1, hot: 1, warm: 1)]))
        #expect(
            rig.take(.targets(Targets(root: 2, known: 9))).contains(.requestPublicRoots(1))
        )
        let effects = rig.take(.publicRoots(roots(0..<5), retryAfter: .seconds(5)))
        #expect(effects.transitions.count == 4)
        #expect(rig.governor.counters.rootCount == 5)
        #expect(rig.row(0)?.standing == .local(group: 0))
        #expect(rig.row(0)?.advertise == .withheld)
        #expect(
            effects.first
                == .transition(.number(1), from: .unknown, to: .cold, .learnt, .publicRoot)
        )
    }

    @Test func `each kind of root is advertised as it should be`() {
        var rig = Rig(Targets(root: 4, known: 9, knownBigLedger: 1))
        let kinds: [Governor.Root.Kind] = [.configured, .ledger, .bigLedger]
        let roots = kinds.enumerated().map {
            Governor.Root(peer: .number(UInt32($0)), advertise: true, kind: $1)
        }
        rig.take(.publicRoots(roots, retryAfter: .seconds(5)))
        let rows = (0..<3).compactMap { rig.row($0) }
        #expect(rows.map(\.advertise) == [.advertised, .unknown, .withheld])
        #expect(rows.map(\.source) == [.publicRoot, .ledger, .bigLedger])
        #expect(rig.governor.counters.bigLedger.known == 1)
        #expect(rig.governor.counters.peers.known == 2)
        #expect(rig.governor.counters.rootCount == 3)
    }

    @Test func `a peer that was known becomes a root, and keeps what first made it known`() {
        var rig = Rig(knowing: 2, then: Targets(root: 1, known: 2))
        rig.take(.publicRoots(roots(0..<1), retryAfter: .seconds(5)))
        #expect(rig.row(0)?.standing == .root(.configured))
        #expect(rig.row(0)?.source == .addressBook)
        #expect(rig.governor.known.count == 2)
    }
}
