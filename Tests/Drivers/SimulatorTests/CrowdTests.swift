import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSimulator

struct CrowdTests {
    @Test func `a hundred nodes find each other`() throws {
        var simulation = try Simulation.crowd(100, seed: 1)
        simulation.run(for: .seconds(60))
        var hotCount = 0
        for host in 0..<100 { hotCount += simulation.snapshot(host)?.counts.hot ?? 0 }
        #expect(hotCount >= 100 * 3)
        let idle = simulation.statistics.idleDeadlineCount
        let useful = simulation.statistics.deadlineCount
        #expect(idle * 100 <= useful)
    }

    /// `WARREN_CROWD=1000,10000` measures; ten virtual minutes each.
    @Test func `the speed of a crowd`() throws {
        let environment = ProcessInfo.processInfo.environment
        let counts = environment["WARREN_CROWD"].map { $0.split(separator: ",") } ?? []
        for count in counts.compactMap({ Int($0) }) {
            let clock = ContinuousClock()
            var simulation = try Simulation.crowd(count, seed: 1)
            let made = Self.residentBytes
            let time = clock.measure { simulation.run(for: .seconds(600)) }
            let seconds = time / .seconds(1)
            let statistics = simulation.statistics
            print(
                "crowd \(count): \(Int(Double(statistics.eventCount) / seconds)) events/s,",
                "\(seconds) s, \(Self.residentBytes / count) B/node (\(made / count) at first),",
                "\(statistics), \(simulation.connectionCount) connections, \(simulation.digest)"
            )
        }
    }

    private static var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }
}
