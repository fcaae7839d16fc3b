import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct BookDrawsTests {
    @Test func `draws as many as are missing, once at a time`() {
        var rig = Rig()
        #expect(rig.take(.targets(Targets(known: 5))).draws == [5])
        #expect(rig.take(.deadline).draws.isEmpty)
        let effects = rig.take(.drawn(.numbered(0..<5)))
        #expect(effects.draws.isEmpty)
        #expect(rig.row(0)?.source == .addressBook)
        #expect(rig.take(.targets(Targets(known: 7))).draws == [2])
    }

    @Test func `takes no more than are still missing`() {
        var rig = Rig(Targets(known: 2))
        rig.take(.drawn(.numbered(0..<5)))
        #expect(rig.governor.known.count == 2)
    }

    @Test(arguments: [(1, 30_000), (10, 3_000), (30, 1_000), (100, 1_000)])
    func `looks again 30 s after the book had too few, by its pace, but not within a second`(
        pace: Int,
        milliseconds: Int
    ) {
        var rig = Rig(Targets(known: 5), pace: pace)
        rig.take(.drawn(.numbered(0..<2)))
        #expect(rig.wait(.milliseconds(milliseconds - 1)).draws.isEmpty)
        #expect(rig.wait(.milliseconds(1)).draws == [3])
    }

    @Test func `asks peers rather than the book while it can`() {
        var rig = Rig(Targets(known: 2, established: 2), pace: 1)
        rig.carryOut(rig.take(.drawn(.numbered(0..<2))), sharing: true)
        rig.wait(.seconds(300))
        let effects = rig.take(.targets(Targets(known: 9, established: 2)))
        #expect(effects.asked.count == 2)
        // Nobody else can be asked, so it is the book's turn.
        #expect(effects.draws == [7])
    }

    @Test func `takes inbound peers before the book`() {
        var rig = Rig(Targets(known: 2))
        rig.take(.drawn(.numbered(0..<2)))
        rig.take(.inbound([.number(7): true]))
        let effects = rig.take(.targets(Targets(known: 3)))
        #expect(effects.draws.isEmpty)
        #expect(rig.row(7)?.source == .inbound)
    }

    @Test func `asks a seed only when the book had too few`() {
        var rig = Rig()
        #expect(!rig.take(.targets(Targets(known: 5))).contains(.askSeed))
        #expect(rig.take(.drawn(.numbered(0..<4))).contains(.askSeed))
        #expect(!rig.take(.deadline).contains(.askSeed))
    }

    @Test func `asks no seed when the book had enough`() {
        var rig = Rig(Targets(known: 5))
        #expect(!rig.take(.drawn(.numbered(0..<5))).contains(.askSeed))
    }

    @Test func `looks into the book as soon as a seed told something new`() {
        var rig = Rig(Targets(known: 5))
        rig.take(.drawn([]))
        #expect(rig.take(.seedAnswered(newCount: 3)).draws == [5])
        #expect(rig.take(.drawn(.numbered(0..<3))).contains(.askSeed) == false)
        // Two requests to one peer are 11 s apart at any pace.
        #expect(!rig.wait(.seconds(11) - .nanoseconds(1)).contains(.askSeed))
        #expect(rig.wait(.nanoseconds(1)).contains(.askSeed))
    }

    @Test func `backs off from seeds that cannot be reached`() {
        var rig = Rig(Targets(known: 1))
        rig.take(.drawn([]))
        for exponent in [1, 2, 3, 4, 5, 6, 7, 8, 8] {
            rig.take(.seedFailed)
            let effects = rig.waitAnsweringDraws(.seconds(1 << exponent) - .nanoseconds(1))
            #expect(!effects.contains(.askSeed))
            #expect(rig.waitAnsweringDraws(.nanoseconds(1)).contains(.askSeed))
        }
    }

    @Test func `backs off from seeds that have nothing new, at least 11 s`() {
        var rig = Rig(Targets(known: 1))
        rig.take(.drawn([]))
        for seconds in [11, 11, 11, 16, 32, 64, 128, 256, 256] {
            rig.take(.seedAnswered(newCount: 0))
            let effects = rig.waitAnsweringDraws(.seconds(seconds) - .nanoseconds(1))
            #expect(!effects.contains(.askSeed))
            #expect(rig.waitAnsweringDraws(.nanoseconds(1)).contains(.askSeed))
        }
    }

    @Test func `asks no seed any more when enough are known`() {
        var rig = Rig(Targets(known: 1))
        rig.take(.drawn([]))
        rig.take(.seedAnswered(newCount: 1))
        rig.take(.drawn(.numbered(0..<1)))
        #expect(rig.wait(.seconds(1000)).jobs.isEmpty)
        #expect(rig.governor.nextDeadline == nil)
    }
}

extension Rig {
    /// Waits as `wait` does, with a book that has nobody.
    fileprivate mutating func waitAnsweringDraws(_ duration: Duration) -> [Governor.Effect] {
        let end = now.advanced(by: duration)
        var effects: [Governor.Effect] = []
        while let next = governor.nextDeadline, next <= end {
            now = next
            var new = take(.deadline)
            while !new.draws.isEmpty {
                effects += new
                new = take(.drawn([]))
            }
            effects += new
        }
        now = end
        return effects
    }

    @Test func `whom routing finds is learnt at once, as many as are wanted, while the book rests`()
    {
        var rig = Rig(Targets(known: 3))
        rig.take(.drawn([]))
        let effects = rig.take(.routed(.numbered(0..<5)))
        #expect(rig.governor.known.ids == .numbered(0..<3))
        for case .transition(_, _, _, let reason, let source) in effects {
            #expect(reason == .learnt)
            #expect(source == .routing)
        }
        // What was not wanted then is the book's.
        rig.take(.targets(Targets(known: 5)))
        #expect(rig.governor.known.count == 3)
    }

    @Test func `whom routing finds comes after inbound peers and those that peers tell of`() {
        var rig = Rig(Targets(known: 1))
        rig.take(.drawn([]))
        rig.take(.inbound([.number(7): true]))
        #expect(rig.governor.known.ids == [.number(7)])
        #expect(rig.take(.routed([.number(8)])).isEmpty)
        #expect(rig.governor.known.ids == [.number(7)])
    }

    @Test func `in the sensitive state nobody whom routing finds is learnt`() {
        var rig = Rig(Targets(known: 3))
        rig.take(.bootstrapPeers(count: 1))
        rig.take(.ledgerState(.tooOld))
        rig.take(.routed(.numbered(0..<3)))
        #expect(rig.governor.known.isEmpty)
    }
}
