import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

struct WorldTests {
    /// The longest back-off of a dial (160 s, O§3.8.1) with its fuzz, and time for what follows.
    private static let recovery: Duration = .seconds(200)

    @Test(arguments: Seed.sweep(100))
    func `no fault breaks a rule of a node, and when they end everybody recovers`(_ seed: Seed) {
        var history = WorldHistory(seed)
        for _ in 0..<10 {
            history.step()
            if let complaint = history.world.complaints.first ?? history.misreport() {
                Issue.record("\(complaint)")
                return
            }
        }
        history.heal()
        history.world.run(for: Self.recovery)
        let complaint =
            history.world.complaints.first ?? history.misreport() ?? history.disagreement()
            ?? history.unmetValency()
        #expect(complaint == nil)
    }
}
