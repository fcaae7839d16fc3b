import Foundation
import Testing
import WarrenObservation

/// `warren explain` on a network that runs, and on what it left.
struct ExplainTests {
    private func explanation(_ outcome: CommandLineTool.Outcome) throws -> PeerExplanation {
        try JSONDecoder().decode(PeerExplanation.self, from: Data(outcome.output.utf8))
    }

    @Test func `a peer is explained while the network runs, afterwards, and at any time between`()
        async throws
    {
        let warren = try CommandLineTool(base: 57)
        let starter = CommandLineTool.scenario("starter.yaml")
        let up = try await warren("up", starter, "--base", "57", "--set", "expect=[]")
        #expect(up.code == 0, "\(up.output)\(up.errors)")
        let held = try await warren(
            "expect",
            "eventually within 30s every relay knows at least 3 of relay"
        )
        #expect(held.code == 0, "\(held.output)\(held.errors)")

        let text = try await warren("explain", "relay-1", "relay-3")
        #expect(text.code == 0, "\(text.errors)")
        for word in ["relay-1 → relay-3", "source", "kept by", "relay-1's own account"] {
            #expect(text.output.contains(word), "\(text.output)")
        }
        let live = try explanation(
            await warren("explain", "relay-1", "relay-3", "--format", "json")
        )
        #expect(live.basis == .snapshot && live.health == .healthy)
        #expect(live.history.first?.transition.reason == .learnt)
        let id = "\(try #require(live.peer.id))"
        let byID = try await warren("explain", "relay-1", String(id.prefix(8)))
        #expect(byID.output.hasPrefix("relay-1 → relay-3"), "\(byID.errors)")

        let early = try await warren("explain", "relay-1", "relay-3", "--at", "0")
        #expect(early.code == 0 || early.code == 2, "\(early.errors)")
        let late = try await warren("explain", "relay-1", "relay-3", "--at", "10h")
        #expect(late.code == 64 && late.errors.contains("after the end"), "\(late.errors)")
        let wrong = try await warren("explain", "relay-1", "rleay-3")
        #expect(wrong.code == 64 && wrong.errors.contains("relay-3"), "\(wrong.errors)")
        let secret = try await warren("explain", "producer-1", "producer-2")
        #expect(secret.code == 2 && secret.output.contains("told nothing of"), "\(secret.output)")

        #expect(try await warren("down").code == 0)
        let after = try await warren("explain", "relay-1", "relay-3", "--format", "json")
        #expect(after.code == 0, "\(after.errors)")
        let ended = try explanation(after)
        #expect(ended.historyCount >= live.historyCount && ended.zeroAt != nil)
    }
}
