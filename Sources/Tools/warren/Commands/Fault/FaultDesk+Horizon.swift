import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

extension FaultDesk {
    /// The faults that these sentences hang on, with their times from now; what is past is now.
    func ahead(of expectations: [Expectation]) throws -> [ResolvedFault] {
        let named = Set(expectations.compactMap(\.anchoringFault))
        guard !named.isEmpty else { return [] }
        let now = ObserverClock().now
        func moved(_ fault: ResolvedFault, from base: Instant) -> ResolvedFault {
            var fault = fault
            let passed = base.duration(to: now)
            fault.at = max(.zero, fault.at - passed)
            fault.until = fault.until.map { max(.zero, $0 - passed) }
            return fault
        }
        let population = run.manifest.population
        let byHand = inbox.accepted.compactMap { hand in
            hand.acceptedAt.flatMap { base in
                (try? hand.resolved(in: population)).map { moved($0, from: base) }
            }
        }
        let zero = try zero()
        let foreseen = try run.timetable().compactMap { fault in zero.map { moved(fault, from: $0) }
        }
        return (foreseen + byHand).filter { named.contains($0.name) }
    }

    private func zero() throws -> Instant? {
        guard FilePresence.isFile(run.directory.recording) else { return nil }
        do throws(RecordingFlaw) {
            let recording = try Recording(reading: run.directory.recording)
            defer { recording.close() }
            return try recording.span()?.zeroAt
        } catch {
            throw Exit.fail(Exit.lost, "\(error)")
        }
    }
}
