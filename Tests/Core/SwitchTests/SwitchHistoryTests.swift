import Testing
import WarrenPrimitives
import WarrenSupport

@Suite struct `Random histories of a switch` {
    @Test(arguments: Seed.sweep(200))
    func `keep the grammar of reactors, the credit, and to live connections`(seed: Seed) {
        var history = SwitchHistory(random: seed.random)
        for _ in 0..<300 where history.complaints.isEmpty { history.step() }
        history.stop()
        #expect(history.complaints == [])
        #expect(history.messageCount > 0)
    }
}
