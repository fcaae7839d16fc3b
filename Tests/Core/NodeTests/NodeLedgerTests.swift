import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Churn, the chain's facts and ledger peers, as a whole node joins them.
@Suite struct `A node with a ledger` {
    private static func genesis(_ points: [Topology.AccessPoint]) -> Genesis {
        let producer = Genesis.Producer(name: "p", key: Hash(of: [9]), stake: 5)
        var genesis = Genesis(producers: [producer])
        genesis.relays = [.init(producer: producer.id, accessPoints: points)]
        return genesis
    }

    private func notes(_ effects: [Node.Effect]) -> [Note] {
        effects.compactMap { if case .emit(let event) = $0 { event.note } else { nil } }
    }

    private func targets(_ effects: [Node.Effect]) -> [Targets] {
        notes(effects).compactMap { if case .targets(let targets) = $0 { targets } else { nil } }
    }

    private func sources(_ solo: Solo) -> Set<PeerSource> {
        Set(solo.node.snapshot(now: solo.now).peers.map(\.source))
    }

    @Test func `leaves its targets to churn`() {
        var solo = Solo()
        var first = Targets(root: 10, known: 20, established: 8, active: 4)
        first.root = 0
        #expect(targets(solo.effects) == [first])
        first.root = 10
        #expect(targets(solo.pass(.seconds(3))) == [first])
        // At pace 60 a cycle comes within 65 s; nobody is there to be churned.
        let wanted = solo.pass(.seconds(100))
        let steps = notes(wanted).compactMap {
            if case .churned(let step) = $0 { step } else { nil }
        }
        #expect(steps.prefix(3).map(\.action) == Array(ChurnAction.allCases.prefix(3)))
        #expect(targets(wanted).contains { $0.active == 3 })
        #expect(solo.node.invariantViolation() == nil)
    }

    @Test func `has no churn on a seed`() {
        var solo = Solo { $0.configuration.role = .seed }
        solo.pass(.seconds(200))
        #expect(targets(solo.effects).isEmpty)
    }

    @Test func `takes roots from the ledger, if the topology says so`() {
        for (after, source) in [(Int64(0), PeerSource.ledger), (-1, .publicRoot)] {
            var solo = Solo { birth in
                birth.topology.useLedgerAfterSlot = after
                birth.topology.publicRoots = [.init(accessPoints: [World.point(7)])]
                birth.genesis = Self.genesis([World.point(5), World.point(1), World.point(6)])
            }
            solo.pass(.seconds(4))
            #expect(sources(solo) == [source])
            let known = solo.node.snapshot(now: solo.now).peers.compactMap(\.id)
            #expect(!known.contains(World.id(1)), "it is ourselves")
            #expect(solo.node.invariantViolation() == nil)
        }
    }

    @Test func `takes roots from the ledger once it has come to the slot`() {
        var solo = Solo { birth in
            birth.topology.useLedgerAfterSlot = 500
            birth.genesis = Self.genesis([World.point(5)])
        }
        solo.pass(.seconds(100))
        #expect(sources(solo) == [])
        solo.feed(.chain(.slot(500)))
        solo.pass(.seconds(600))
        #expect(sources(solo) == [.ledger])
    }

    @Test func `looks up names of ledger relays, eight at once, one address of each`() {
        let names = (0..<12).map {
            Topology.AccessPoint(id: World.id(20 + $0), host: .name("r\($0).test"), port: 3001)
        }
        var solo = Solo { birth in
            birth.configuration.targets = Targets(root: 100, known: 100, established: 1, active: 1)
            birth.topology.useLedgerAfterSlot = 0
            birth.genesis = Self.genesis(names)
        }
        var open = lookups(solo.pass(.seconds(4)))
        #expect(open.count == RelayLimit.atOnce)
        var total = open.count
        while let lookup = open.popLast() {
            #expect(sources(solo) == [])
            let answer = [World.address(40 + total), World.address(80 + total)]
            let more = lookups(solo.feed(.resolved(lookup, answer, ttl: .seconds(60))))
            total += more.count
            open += more
            #expect(open.count <= RelayLimit.atOnce)
        }
        // A hundred draws find nearly all of twelve names.
        #expect(total >= 10)
        let peers = solo.node.snapshot(now: solo.now).peers
        #expect(peers.count == total)
        #expect(peers.allSatisfy { $0.source == .ledger })
    }

    private enum RelayLimit { static let atOnce = 8 }

    private func lookups(_ effects: [Node.Effect]) -> [Node.LookupID] {
        effects.compactMap { if case .resolve(let lookup, _, _) = $0 { lookup } else { nil } }
    }

    @Test func `scores the peers that the chain hears of`() {
        var solo = Solo {
            $0.topology.localRoots = [.init(accessPoints: [World.point(2)], hotValency: 1)]
        }
        solo.feed(.chain(.headerSeen(by: World.id(2), slot: 4)))
        solo.feed(.chain(.bodySeen(by: World.id(2), slot: 4, bytes: 700)))
        solo.feed(.chain(.headerSeen(by: World.id(3), slot: 4)))
        let rows = solo.node.snapshot(now: solo.now).peers
        var scores = Snapshot.Scores()
        scores.headersFirst = 1
        scores.blocksFetched = 1
        scores.bytesFetched = 700
        #expect(rows.first { $0.id == World.id(2) }?.scores == scores)
    }

    @Test func `hears of another regime from the chain`() {
        var solo = Solo { $0.configuration.pace = 60 }
        solo.feed(.chain(.fetchMode(.bulkSync)))
        // 900 s at pace 60 are 15 s: long before the hour of a node that is caught up.
        let wanted = solo.pass(.seconds(20))
        #expect(targets(wanted).contains { $0.active == 1 })
    }

    @Test func `swaps its targets in Genesis mode with the ledger state`() {
        var solo = Solo {
            $0.configuration.consensusMode = .genesis
            $0.configuration.ledgerState = .tooOld
        }
        #expect(targets(solo.effects).last == NodeConfiguration().syncTargets)
        let wanted = solo.feed(.chain(.ledgerState(.youngEnough)))
        #expect(targets(wanted).last == Targets(root: 10, known: 20, established: 8, active: 4))
    }

    @Test func `keeps its snapshot over a SIGHUP that brings none, as long as one is named`() {
        let snapshot = LedgerSnapshot(
            networkMagic: 0,
            slot: 9,
            blockHash: [],
            pools: [.init(stake: LedgerSnapshot.wholeStake, relays: [World.point(6)])]
        )
        var topology = Topology()
        topology.useLedgerAfterSlot = 0
        topology.peerSnapshotFile = "snap.json"
        var solo = Solo { birth in
            birth.topology = topology
            birth.snapshot = snapshot
            birth.configuration.targets.knownBigLedger = 2
        }
        solo.feed(.topology(topology))
        solo.pass(.seconds(4))
        #expect(solo.node.snapshot(now: solo.now).peers.compactMap(\.id) == [World.id(6)])
    }
}
