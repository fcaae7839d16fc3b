import WarrenObservation
import WarrenPrimitives
import WarrenScenario

extension Supervisor {
    /// Submits the transactions of the scenario's loads, from t = 0 on, until cancelled.
    ///
    /// A supervisor that goes on with a run goes on with what is due then: what an earlier one sent
    /// is not sent again. Source: design §17.11.
    func carryLoads() async {
        let schedules = manifest.loads ?? []
        guard !schedules.isEmpty else { return }
        while zero == nil {
            try? await Task.sleep(for: settings.tick)
            guard !Task.isCancelled else { return }
        }
        guard let zero else { return }
        let elapsed = zero.duration(to: clock.now)
        let isResumed = earlierZero != nil
        await withTaskGroup(of: Void.self) { group in
            for (number, schedule) in schedules.enumerated() {
                let first = isResumed ? schedule.number(from: elapsed) : 0
                let runner = LoadRunner(zeroSince: elapsed) { node, payload in
                    await self.give(payload, to: node)
                }
                group.addTask {
                    let tally = await runner.run(LoadPace(schedule, from: first)) { tally in
                        await self.note(tally, ofLoad: number)
                    }
                    await self.note(tally, ofLoad: number)
                }
            }
        }
    }

    private func note(_ tally: LoadTally, ofLoad number: Int) { loads[number] = tally }

    private func give(_ payload: [UInt8], to node: Int) async -> Admittance {
        guard manifest.nodes.indices.contains(node),
            let address = await directory.address(of: manifest.nodes[node].name)
        else { return .unanswered }
        return await submit(address, payload)
    }
}
