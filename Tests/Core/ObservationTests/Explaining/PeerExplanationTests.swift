import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

/// The same value as people and programs read it.
@Suite struct `An explanation in words`: Explaining {
    @Test func `reads well`() {
        var history = promoted()
        var warm = row(2, .warm, source: .peerExchange)
        warm.failCount = 1
        warm.direction = .duplex
        warm.connectionState = .duplex
        warm.usedBy = .hot
        warm.connectedAt = .at(220)
        warm.roundTripNanoseconds = 340_000
        warm.nextAttemptAt = .at(9000)
        warm.holds = [
            .waits(until: .at(9000)), .failures(1, limit: 5),
            .quota(.target(.established), count: 1, wanted: 8),
            .quota(.target(.active), count: 0, wanted: 4),
        ]
        let snapshot = history.snapshot(of: 0, [warm, row(3, .cold)], at: 4_000)
        history.node(0, .snapshot(snapshot), at: 4_000)
        let text = explain(history, at: 4_200).lines.joined(separator: "\n")
        #expect(
            text == """
                relay-1 → relay-3 at t=4.20s: warm

                  source        peerExchange · 020202020202…
                  temperature   warm since t=0.23s
                  last          t=0.23s  cold → warm     promoted to reach target.established 8
                  connection    duplex since t=0.22s · it uses us as hot · round trip 0.3 ms
                  attempts      fail count 1 · 1 dial, 0 failed
                  next          not before t=9.00s
                  held back     not to be made hot before t=9.00s
                  no pull       1 of at most 5 failures
                  kept by       target.established 1 of 8
                  would rise    target.active 0 of 4: 4 more wanted
                  basis         relay-1's own account
                  history       t=0.10s  unknown → cold  learnt
                                t=0.23s  cold → warm     promoted to reach target.established 8
                """
        )
    }

    @Test func `without t = 0 says how long ago`() {
        let lines = explain(promoted(), at: 2_230, zero: nil).lines
        #expect(lines.first == "relay-1 → relay-3 at now: warm")
        #expect(lines.contains("  temperature   warm since 2 s ago"), "\(lines)")
    }

    @Test func `survives JSON and keeps to the schema`() throws {
        var history = promoted()
        var samples = [explain(history), explain(history, 1), explain(History())]
        var full = row(2, .warm, holds: Snapshot.Hold.samples)
        full.nextAttemptAt = .at(900)
        full.bannedUntil = .at(900)
        full.rootGroup = 0
        full.source = .localRoot
        full.direction = .duplex
        full.connectionState = .duplex
        full.inboundState = .hot
        full.usedBy = .hot
        full.connectedAt = .at(3)
        full.roundTripNanoseconds = 1
        history.note(.disconnected(History.reference(2), .dialed(1), .demoted), of: 0, at: 240)
        history.node(0, .snapshot(history.snapshot(of: 0, [full], at: 300)), at: 300)
        samples.append(explain(history))
        #expect(samples.last?.forces.count == Snapshot.Hold.samples.count - 2, "two waits are over")
        for sample in samples {
            let json = try JSONEncoder().encode(sample)
            #expect(try JSONDecoder().decode(PeerExplanation.self, from: json) == sample)
            #expect(try Schema("explain").complaints(json) == [])
        }
    }
}
