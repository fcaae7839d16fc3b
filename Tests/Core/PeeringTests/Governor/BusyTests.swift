import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

struct BusyTests {
    /// One span of work, and what excuses it.
    private struct Span {
        var start: Instant
        var end: Instant
        var credit: Duration
    }

    /// The gap after which work counts as over, and what every span is granted (O§11.1).
    private static let gap: Duration = .seconds(45)
    private static let grant: Duration = .seconds(65)

    @Test(arguments: Seed.sweep())
    func `prop_governor_nobusyness: over ten hours no span of work outlasts its credits`(
        seed: Seed
    ) {
        var world = World(seed: seed, pace: 1)
        world.isFaulty = false
        world.recordsWork = true
        world.age(.youngEnough)
        world.reconfigure()
        let start = world.now
        for hour in 1...10 {
            world.advance(by: start.advanced(by: .seconds(3600 * hour - 1800)).after(world.now))
            switch hour % 4 {
            case 0: world.reconfigure()
            case 1:
                if let peer = world.links.randomID(&world.chance) {
                    world.lose(peer, delay: .seconds(10))
                }
            case 2: world.take(.localRoots(world.someGroups()))
            default: break
            }
        }
        world.advance(by: start.advanced(by: .seconds(36_000)).after(world.now))
        #expect(world.violations[.nolivelock] == nil)

        var span: Span?
        for entry in world.log.sorted(by: { $0.at < $1.at }) {
            if let last = span, entry.at <= last.end.advanced(by: Self.gap) {
                span?.end = entry.at
                span?.credit += entry.credit
            } else {
                span = Span(start: entry.at, end: entry.at, credit: Self.grant + entry.credit)
            }
            guard let span else { continue }
            let length = span.start.duration(to: span.end)
            #expect(length <= span.credit, "busy from \(span.start) to \(span.end)")
        }
    }
}

extension Instant {
    /// How far this is after `earlier`; zero if it is not.
    fileprivate func after(_ earlier: Instant) -> Duration {
        max(earlier.duration(to: self), .zero)
    }
}
