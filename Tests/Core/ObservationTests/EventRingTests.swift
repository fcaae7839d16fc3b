import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `A ring of events` {
    private func ring(_ count: UInt64, limit: Int = 4) -> EventRing {
        var ring = EventRing(incarnation: 7, limit: limit)
        for sequence in 0..<count { ring.append(event(sequence + 1)) }
        return ring
    }

    private func event(_ sequence: UInt64) -> Event {
        Event(incarnation: 7, sequence: sequence, at: .at(Int64(sequence)), note: .storeFailed)
    }

    private func events(_ range: ClosedRange<UInt64>) -> [EventLine] {
        range.map { .event(event($0)) }
    }

    private func lines(_ ring: EventRing, from sequence: UInt64) -> [EventLine] {
        ring.lines(from: EventPosition(incarnation: 7, sequence: sequence))
    }

    @Test func `holds what was put in, up to its limit`() {
        #expect(ring(4).lines(from: nil) == events(1...4))
        #expect(lines(ring(4), from: 0) == events(1...4))
        #expect(lines(ring(4), from: 3) == events(3...4))
        #expect(lines(ring(4), from: 5) == [])
        #expect(lines(ring(4), from: .max) == [])
        #expect(EventRing(incarnation: 7).lines(from: nil) == [])
    }

    @Test func `says what it lost one past its limit`() {
        let full = ring(5)
        #expect(full.count == 4)
        let gap = EventLine.gap(.init(incarnation: 7, from: 1, to: 1))
        #expect(full.lines(from: nil) == [gap] + events(2...5))
        #expect(lines(full, from: 1) == [gap] + events(2...5))
        #expect(lines(full, from: 2) == events(2...5))
    }

    @Test func `keeps 65,536 unless told otherwise`() {
        #expect(EventRing(incarnation: 7).limit == 65_536)
        var ring = ring(65_536, limit: EventRing.defaultLimit)
        #expect(ring.oldestSequence == 1)
        ring.append(event(65_537))
        #expect(ring.oldestSequence == 2)
        #expect(lines(ring, from: 65_537) == events(65_537...65_537))
    }

    @Test func `says that an earlier life is lost`() {
        let lines = ring(2).lines(from: EventPosition(incarnation: 6, sequence: 40))
        #expect(lines == [.gap(.init(incarnation: 6, from: 40, to: nil))] + events(1...2))
    }

    @Test(arguments: Seed.sweep())
    func `tells one story whatever the size of the bites`(seed: Seed) {
        var random = seed.random
        let ring = ring(UInt64(random.below(12)), limit: 1 + random.below(6))
        for position in [nil, EventPosition(incarnation: 6, sequence: 4)] {
            var from = position
            var bites: [EventLine] = []
            while true {
                let lines = ring.lines(from: from, count: 1 + random.below(3))
                guard let last = lines.last else { break }
                bites += lines
                from = ring.position(after: last)
            }
            #expect(bites == ring.lines(from: position))
        }
    }
}
