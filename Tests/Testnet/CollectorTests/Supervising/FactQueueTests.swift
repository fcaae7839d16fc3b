import Testing
import WarrenCollector
import WarrenObservation
import WarrenPrimitives

struct FactQueueTests {
    private func fault(_ name: String, _ at: Int64) -> Sighting {
        Sighting(Fact(at: .at(at), .faultStarted(name)))
    }

    private func names(_ sightings: [Sighting]) -> [String] {
        sightings.map { sighting in
            if case .faultStarted(let name) = sighting.fact.what { name } else { "?" }
        }
    }

    @Test func `brings facts into the order of time, and keeps those of one instant as they came`()
    {
        var queue = FactQueue()
        for (name, at) in [("d", 30), ("a", 10), ("b", 20), ("c", 20)] as [(String, Int64)] {
            queue.put(fault(name, at))
        }
        #expect(names(queue.release(until: .at(20))) == ["a", "b", "c"])
        #expect(queue.count == 1)
        #expect(names(queue.release(until: .at(30))) == ["d"])
    }

    @Test func `what comes late counts from when the others went`() {
        var queue = FactQueue()
        _ = queue.release(until: .at(100))
        queue.put(fault("late", 50))
        queue.put(fault("early", 101))
        let released = queue.release(until: .at(101))
        #expect(names(released) == ["late", "early"])
        #expect(released.map(\.fact.at) == [.at(100), .at(101)])
    }

    @Test func `an instant that is past releases nothing`() {
        var queue = FactQueue(after: .at(10))
        queue.put(fault("a", 5))
        #expect(queue.release(until: .at(10)).isEmpty)
        #expect(queue.horizon == .at(10))
        #expect(queue.release(until: .at(11)).count == 1)
    }
}
