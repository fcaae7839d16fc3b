import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `An explanation`: Explaining {
    @Test func `tells source, temperature, last change and what is counted`() {
        let found = explain(promoted())
        #expect(found.acquaintance == .known && found.temperature == .warm)
        #expect(found.source == .peerExchange)
        #expect(found.lastTransition?.reason == .belowTarget(.established, 8))
        #expect(found.lastTransition?.at == .at(230))
        #expect(found.attempts.dialCount == 1 && found.attempts.failedDialCount == 0)
        #expect(found.connection?.direction == .outbound && found.connection?.since == .at(220))
        #expect(found.historyCount == 2)
        #expect(found.basis == .events)
        #expect(
            found.forces.map(\.hold) == [
                .quota(.target(.established), count: 1, wanted: 8),
                .quota(.target(.active), count: 0, wanted: 4),
            ]
        )
        #expect(found.forces.map(\.effect) == [.keeps, .raises])
    }

    @Test func `goes back to any instant`() {
        let history = promoted()
        #expect(explain(history, at: 50).acquaintance == .never)
        let early = explain(history, at: 150)
        #expect(early.temperature == .cold && early.connection == nil)
        #expect(
            early.forces.map(\.hold) == [
                .quota(.target(.known), count: 2, wanted: 20),
                .quota(.target(.established), count: 0, wanted: 8),
            ]
        )
    }

    @Test func `takes the node's own account while it is fresh`() {
        var history = promoted()
        let told: [Snapshot.Hold] = [
            .waits(until: .at(500)), .quota(.target(.established), count: 1, wanted: 8),
        ]
        var warm = row(2, .warm, source: .peerExchange, holds: told)
        warm.failCount = 2
        warm.nextAttemptAt = .at(500)
        let snapshot = history.snapshot(of: 0, [warm, row(3, .cold)], at: 300)
        history.node(0, .snapshot(snapshot), at: 300)
        let fresh = explain(history, at: 400)
        #expect(fresh.basis == .snapshot && fresh.forces.map(\.hold) == told)
        #expect(fresh.attempts.failCount == 2 && fresh.attempts.nextAt == .at(500))
        #expect(fresh.attempts.isCurrent && fresh.attempts.toldAt == .at(300))
        let later = explain(history, at: 500)
        #expect(later.forces.map(\.hold) == [told[1]], "a wait ends by itself")
        #expect(later.attempts.nextAt == nil)
    }

    @Test func `counts anew once another peer moved, and keeps what is the peer's own`() {
        var history = promoted()
        let told: [Snapshot.Hold] = [
            .waits(until: .at(900)), .quota(.target(.established), count: 1, wanted: 8),
            .quota(.target(.active), count: 0, wanted: 4),
        ]
        let rows = [row(2, .warm, holds: told), row(3, .cold)]
        history.node(0, .snapshot(history.snapshot(of: 0, rows, at: 300)), at: 300)
        history.move(0, 3, .cold, .warm, at: 400)
        let found = explain(history)
        #expect(found.basis == .events)
        #expect(
            found.forces.map(\.hold) == [
                .waits(until: .at(900)), .quota(.target(.established), count: 2, wanted: 8),
                .quota(.target(.active), count: 0, wanted: 4),
            ]
        )
    }

    @Test func `forgets the node's account of a peer that something happened to`() {
        var history = promoted()
        let rows = [row(2, .warm, holds: [.cannotBeHot]), row(3, .cold)]
        history.node(0, .snapshot(history.snapshot(of: 0, rows, at: 300)), at: 300)
        history.note(.disconnected(History.reference(2), .dialed(1), .pongTimeout), of: 0, at: 400)
        history.move(0, 2, .warm, .cold, .closed(.pongTimeout), at: 400)
        let found = explain(history)
        #expect(!found.forces.map(\.hold).contains(.cannotBeHot))
        #expect(!found.attempts.isCurrent && found.basis == .events)
        #expect(found.attempts.lastEnd == .init(reason: .pongTimeout, at: .at(400)))
        #expect(found.connection == nil)
    }

    @Test func `counts for a peer that was a guest in the last snapshot`() {
        var history = History()
        history.note(.targets(Targets(known: 9, established: 8, active: 4)), of: 0, at: 10)
        history.note(.connected(History.reference(2), .accepted(1), .inbound), of: 0, at: 20)
        let guest = row(2, .unknown, source: .inbound, holds: nil)
        history.node(0, .snapshot(history.snapshot(of: 0, [guest], at: 30)), at: 30)
        #expect(explain(history).source == .inbound)
        history.move(0, 2, .unknown, .cold, .learnt, source: .inbound, at: 40)
        let found = explain(history)
        #expect(found.basis == .events && found.forces.count == 2)
    }

    @Test func `counts a local root by its group, with the valencies last told`() {
        var history = History()
        for other in [1, 2] {
            history.move(0, other, .unknown, .cold, .learnt, source: .localRoot, at: 100)
        }
        var rows = [1, 2].map { row($0, .cold, source: .localRoot) }
        for index in rows.indices {
            rows[index].rootGroup = 1
            rows[index].holds = [
                .quota(.warmValency(group: 1), count: 0, wanted: 2),
                .quota(.hotValency(group: 1), count: 0, wanted: 1),
            ]
        }
        history.node(0, .snapshot(history.snapshot(of: 0, rows, at: 200)), at: 200)
        history.move(0, 1, .cold, .warm, .belowValency(group: 1), source: .localRoot, at: 300)
        let found = explain(history)
        #expect(found.rootGroup == 1 && found.source == .localRoot)
        #expect(
            found.forces.map(\.hold) == [
                .quota(.warmValency(group: 1), count: 1, wanted: 2),
                .quota(.hotValency(group: 1), count: 0, wanted: 1),
            ]
        )
    }

    @Test func `big ledger peers count for targets of their own`() {
        var history = History()
        let targets = Targets(known: 9, established: 8, active: 4, knownBigLedger: 3)
        history.note(.targets(targets), of: 0, at: 10)
        history.move(0, 1, .unknown, .cold, .learnt, source: .ledger, at: 100)
        history.move(0, 2, .unknown, .cold, .learnt, source: .bigLedger, at: 100)
        #expect(
            explain(history, 2).forces.map(\.hold) == [
                .quota(.target(.knownBigLedger), count: 1, wanted: 3),
                .quota(.target(.establishedBigLedger), count: 0, wanted: 0),
            ]
        )
        #expect(
            explain(history, 1).forces.map(\.hold) == [
                .quota(.roots, count: 2, wanted: 0), .quota(.target(.known), count: 1, wanted: 9),
                .quota(.target(.established), count: 0, wanted: 8),
            ]
        )
    }

    @Test func `counts failed dials, by their connection`() {
        var history = promoted()
        for number in UInt64(5)...6 {
            history.note(.dialing(History.reference(3), .dialed(number)), of: 0, at: 300)
            let refused = Note.refused(.dialed(number), address: "10.0.0.9:1", .connectRefused)
            history.note(refused, of: 0, at: 310)
        }
        history.note(.refused(.dialed(99), address: "10.0.0.9:1", .ownID), of: 0, at: 320)
        let found = explain(history, 3)
        #expect(found.attempts.dialCount == 2 && found.attempts.failedDialCount == 2)
        #expect(found.attempts.lastEnd == .init(reason: .connectRefused, at: .at(310)))
        #expect(explain(history, 2).attempts.failedDialCount == 0)
    }

    @Test func `follows a peer through the merging of its two handles`() {
        var history = History()
        let byAddress = PeerReference(peer: .init(rawValue: 50), address: "127.2.0.3:3001")
        let learnt = Transition(
            peer: byAddress,
            from: .unknown,
            to: .cold,
            reason: .learnt,
            source: .addressBook
        )
        history.note(.transition(learnt), of: 0, at: 100)
        history.note(.merged(History.reference(2), other: byAddress.peer), of: 0, at: 200)
        let warm = Transition(
            peer: PeerReference(peer: History.reference(2).peer),
            from: .cold,
            to: .warm,
            reason: .configured,
            source: .addressBook
        )
        history.note(.transition(warm), of: 0, at: 300)
        var explainer = PeerExplainer(
            PeerSubject(name: "relay-3", id: nodeID(2), addresses: ["127.2.0.3:3001"])
        )
        for case .node(0, let what) in history.facts.map(\.what) {
            explainer.take(what, at: .at(1))
        }
        let found = explainer.explanation(of: "relay-1", at: .at(300))
        #expect(found.temperature == .warm && found.historyCount == 2)
    }

    @Test func `an address that turned out to be another's is no longer the peer's`() {
        var explainer = PeerExplainer(
            PeerSubject(name: "relay-3", id: nodeID(2), addresses: ["127.2.0.3:3001"])
        )
        var history = History()
        let peer = PeerReference(peer: .init(rawValue: 50), address: "127.2.0.3:3001")
        let other = PeerReference(peer: peer.peer, id: nodeID(9), address: "127.2.0.3:3001")
        history.note(.dialing(peer, .dialed(1)), of: 0, at: 1)
        history.note(.connected(other, .dialed(1), .outbound), of: 0, at: 2)
        let hot = Transition(peer: other, from: .cold, to: .hot, reason: .configured, source: .seed)
        history.note(.transition(hot), of: 0, at: 3)
        for case .node(0, let what) in history.facts.map(\.what) {
            explainer.take(what, at: .at(1))
        }
        let found = explainer.explanation(of: "relay-1", at: .at(3))
        #expect(found.acquaintance == .forgotten && found.historyCount == 0)
    }

    @Test func `keeps its history over a restart, and nothing else`() {
        var history = promoted()
        history.node(0, .down, at: 500)
        let down = explain(history)
        #expect(down.health == .down && down.acquaintance == .forgotten)
        #expect(down.historyCount == 2 && down.forces.isEmpty && down.connection == nil)
        #expect(
            down.lines.suffix(2) == ["", "  relay-1 is down: what it knew in memory is gone"]
        )
        #expect(down.lines.contains("  temperature   not known"), "\(down.lines)")
        history.node(0, .healthy, at: 600)
        history.move(0, 2, .unknown, .cold, .learnt, source: .addressBook, at: 700)
        let again = explain(history)
        #expect(again.temperature == .cold && again.source == .addressBook)
        #expect(again.historyCount == 3 && again.attempts.dialCount == 0)
    }

    @Test func `keeps only the last changes, and counts all`() {
        for extra in 0...1 {
            var history = History()
            for step in 0..<(PeerExplainer.historyLimit + extra) {
                let up = step.isMultiple(of: 2)
                history.move(0, 2, up ? .unknown : .cold, up ? .cold : .unknown, at: Int64(step))
            }
            let found = explain(history)
            #expect(found.history.count == PeerExplainer.historyLimit)
            #expect(found.historyCount == PeerExplainer.historyLimit + extra)
            #expect(found.history.first?.transition.at == .at(Int64(extra)))
        }
    }

    @Test func `a gap is said, and ends with the next snapshot`() {
        var history = promoted()
        history.node(0, .gap, at: 300)
        let doubtful = explain(history)
        #expect(doubtful.isInDoubt)
        #expect(doubtful.lines.last?.contains("events of relay-1 are missing") == true)
        let snapshot = history.snapshot(of: 0, [row(2, .hot)], at: 400)
        history.node(0, .snapshot(snapshot), at: 400)
        let found = explain(history)
        #expect(!found.isInDoubt && found.temperature == .hot && found.basis == .snapshot)
    }

    @Test func `a guest is connected and not counted, and a ban is said`() {
        var history = History()
        history.note(.connected(History.reference(2), .accepted(1), .inbound), of: 0, at: 10)
        history.note(
            .inbound(History.reference(2), .accepted(1), from: nil, to: .warm),
            of: 0,
            at: 11
        )
        history.note(.usedBy(History.reference(2), .warm), of: 0, at: 12)
        let guest = explain(history)
        #expect(guest.acquaintance == .guest && guest.forces.isEmpty && guest.basis == .none)
        #expect(guest.connection?.inboundState == .warm && guest.connection?.usedBy == .warm)
        history.note(.banned(nodeID(2), until: .at(100)), of: 0, at: 20)
        #expect(explain(history).bannedUntil == .at(100))
        #expect(explain(history, at: 100).bannedUntil == nil)
    }

    @Test func `a connection is followed by its states to its end`() {
        var history = promoted()
        let peer = History.reference(2)
        func step(_ from: ConnectionState, _ to: ConnectionState, at time: Int64) {
            history.note(.connection(peer, .dialed(1), from: from, to: to), of: 0, at: time)
        }
        step(.outboundDup(.ticking), .duplex, at: 300)
        #expect(explain(history).connection?.state == .duplex)
        step(.outboundIdle(.duplex), .terminating, at: 310)
        history.note(.disconnected(peer, .dialed(1), .demoted), of: 0, at: 311)
        let ended = explain(history)
        #expect(ended.connection?.state == .terminating && ended.connection?.direction == nil)
        step(.terminating, .terminated, at: 400)
        #expect(explain(history).connection == nil)
    }

    @Test func `without a governor a target may raise a peer, and never makes it fall`() {
        var history = promoted(to: Targets(known: 1, established: 0, active: 4))
        let rows = [row(2, .warm, holds: nil), row(3, .cold, holds: nil)]
        history.node(0, .snapshot(history.snapshot(of: 0, rows, at: 300)), at: 300)
        let warm = explain(history)
        #expect(warm.forces.map(\.hold) == [.quota(.target(.active), count: 0, wanted: 4)])
        #expect(warm.basis == .events)
        var seed = promoted(to: .none)
        seed.node(0, .snapshot(seed.snapshot(of: 0, rows, at: 300)), at: 300)
        let none = explain(seed)
        #expect(none.basis == .none && none.forces.isEmpty)
        #expect(none.lines.contains { $0.contains("gives no account") })
    }
}
