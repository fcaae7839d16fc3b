import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

struct ChronicleTests {
    @Test func `counts forks, rollbacks and equivocations`() {
        var history = History()
        history.make(1, by: 0, at: 100)
        history.make(1, fork: 1, by: 3, at: 110)
        for number in 1..<3 { history.adopt(1, number, at: 150) }
        history.rollBack(3, to: 0, at: 200)
        history.adopt(1, 3, at: 201)
        let found = ChainNote.equivocation(
            producer: nodeID(3),
            slot: 10,
            first: History.block(1).hash,
            second: History.block(1, fork: 1).hash
        )
        for number in 0..<2 { history.note(.chain(found), of: number, at: 300) }
        let chronicle = history.chronicle()
        #expect(chronicle.forks.madeCount == 2 && chronicle.forks.rollbackCount == 1)
        #expect(chronicle.forks.deepestRollback == 1)
        #expect(chronicle.forks.equivocations == [.init(producer: nodeID(3), slot: 10)])
        #expect(chronicle.height == 1)
    }

    @Test func `looks at all peers at evenly spread instants`() {
        var history = History()
        history.move(0, 1, .unknown, .cold, at: 2000)
        history.move(0, 1, .cold, .warm, at: 4000)
        history.move(0, 1, .warm, .hot, at: 6000)
        history.adopt(2, 1, at: 6000)
        history.adopt(1, 2, at: 6000)
        history.node(0, .down, at: 8000)
        let course = history.chronicle(until: 12_000).course
        #expect(course.samples.count == Course.sampleCount)
        #expect(course.instant(Course.sampleCount - 1) == .at(12_000))
        func standing(_ milliseconds: Int64) -> Course.Standing? {
            course.samples[Int(milliseconds) * Course.sampleCount / 12_000].standings[0]
        }
        #expect(standing(1000) == .init())
        #expect(standing(3000) == .init(cold: 1))
        #expect(standing(5000) == .init(warm: 1))
        #expect(standing(7000) == .init(hot: 1))
        #expect(standing(9000) == nil)
        #expect(course.samples.last?.lowest == 1 && course.samples.last?.highest == 2)
        // The last look at which all were up was before the end of relay-1.
        #expect(course.topology.edges == [.init(from: 0, to: 1)])
        #expect(course.topology.upCount == 4 && course.topology.at == .at(7950))
    }

    @Test func `looks no more than once at a run of no length`() {
        let chronicle = History().chronicle(until: 0)
        #expect(chronicle.course.samples.count == Course.sampleCount)
        #expect(chronicle.course.step == .nanoseconds(1))
    }

    @Test func `learns the peers of a node from its snapshot`() {
        var history = History()
        history.lose(5, of: 0)
        let row = Snapshot.Peer(
            peer: .init(rawValue: 1),
            source: .localRoot,
            temperature: .hot
        )
        history.node(0, .gap, at: 100)
        history.node(0, .snapshot(history.snapshot(of: 0, [row], at: 200)), at: 200)
        #expect(history.chronicle().course.samples.last?.standings[0] == .init(hot: 1))
    }
}
