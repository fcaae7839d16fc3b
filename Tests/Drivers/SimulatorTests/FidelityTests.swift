import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

struct FidelityTests {
    private func outcome(
        _ fidelity: Simulation.Fidelity
    ) throws -> (kinds: Set<String>, hot: [Int], messages: Int) {
        let quality = LinkQuality(
            roundTrip: .milliseconds(40),
            jitter: .milliseconds(2),
            lossMillionths: 1_000,
            bandwidth: 100_000_000
        )
        var town = Town(links: [quality])
        for host in 0..<7 { town.add(roots: host == 0 ? [1] : [0]) }
        town.fault(at: .seconds(30), for: .seconds(10), .kill([2]))
        town.settings.fidelity = fidelity
        var simulation = try town.simulation()
        var kinds: Set<String> = []
        simulation.run(for: .seconds(180)) { fact in
            if case .node(_, .event(let event)) = fact.what { kinds.insert(event.note.kind) }
        }
        var hot: [Int] = []
        for host in 0..<7 { hot.append(simulation.snapshot(host)?.counts.hot ?? -1) }
        return (kinds, hot, simulation.statistics.messageCount)
    }

    @Test func `whole messages and real connections come to the same`() throws {
        let messages = try outcome(.messages)
        let bytes = try outcome(.bytes)
        #expect(messages.hot.allSatisfy { $0 >= 4 } && bytes.hot.allSatisfy { $0 >= 4 })
        let rare: Set<String> = ["refused", "merged"]
        #expect(messages.kinds.subtracting(rare) == bytes.kinds.subtracting(rare))
        #expect(bytes.messages * 10 > messages.messages * 8)
        #expect(messages.messages * 10 > bytes.messages * 8)
    }
}
