import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

struct WorldTests {
    /// The longest back-off of a dial (160 s, O§3.8.1) with its fuzz, and time for what follows.
    private static let recovery: Duration = .seconds(180)

    @Test(arguments: Seed.sweep(100))
    func `no fault breaks a rule of a node, and when they end everybody recovers`(_ seed: Seed) {
        var history = WorldHistory(seed)
        for _ in 0..<8 {
            history.step()
            if let complaint = history.world.complaints.first ?? history.misreport() {
                Issue.record("\(complaint)")
                return
            }
        }
        history.world.checkPeriod = 31
        history.heal()
        let end = history.world.now.advanced(by: Self.recovery)
        var complaint: String?
        repeat {
            history.world.run(for: .seconds(12))
            complaint = history.disagreement() ?? history.unmetValency()
        } while complaint != nil && history.world.now < end
        complaint = history.world.complaints.first ?? history.misreport() ?? complaint
        #expect(complaint == nil)
    }

    @Test(arguments: Seed.sweep(20))
    func `no fault breaks a rule where there is room for two inbound connections`(_ seed: Seed) {
        var history = WorldHistory(seed, hardLimit: 2)
        for _ in 0..<8 where history.world.complaints.isEmpty { history.step() }
        history.heal()
        history.world.run(for: .seconds(20))
        #expect(history.world.complaints == [])
        #expect(history.misreport() == nil)
    }
}
