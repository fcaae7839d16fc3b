import Testing
import WarrenPeering
import WarrenPrimitives

@Suite struct SharedSelectionTests {
    /// The selection with its chance.
    private final class Server {
        var random = Random(seed: 1)
        var selection: SharedSelection

        init(pace: Int = 1) { selection = SharedSelection(pace: pace) }

        func choose(from candidates: [PeerAddress], after wait: Duration = .zero) -> [PeerAddress] {
            let now = Instant.epoch.advanced(by: wait)
            return selection.choose(from: candidates, now: now, random: &random)
        }
    }

    @Test func `at most ten are named, the same ones whatever the order of the candidates`() {
        let server = Server()
        let candidates = (0..<50).map(spread)
        let first = server.choose(from: candidates)
        #expect(first.count == SharedSelection.limit)
        #expect(Set(first).count == 10)
        #expect(server.choose(from: candidates.reversed()) == first)
        #expect(server.choose(from: []).isEmpty)
        let few = Array(candidates.prefix(10))
        #expect(Set(server.choose(from: few)) == Set(few))
    }

    @Test(arguments: [(1, 823_000), (10, 82_300)])
    func `the salt is drawn anew every 823 s, divided by the pace`(pace: Int, milliseconds: Int) {
        let server = Server(pace: pace)
        let candidates = (0..<200).map(spread)
        let first = server.choose(from: candidates)
        let lifetime = Duration.milliseconds(milliseconds)
        #expect(server.choose(from: candidates, after: lifetime - .nanoseconds(1)) == first)
        #expect(server.choose(from: candidates, after: lifetime) != first)
    }

    @Test func `one candidate more displaces at most one of those named`() {
        let server = Server()
        let candidates = (0..<50).map(spread)
        let first = server.choose(from: candidates)
        let second = server.choose(from: candidates + [spread(51)])
        #expect(Set(first).intersection(second).count >= 9)
    }
}
