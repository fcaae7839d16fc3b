import Foundation
import Testing

/// What Warren costs, each figure beside the least it could cost, measured in the same run.
///
/// Small by default, so that the code cannot rot and nobody waits for it; the figures mean something
/// with `WARREN_BENCH=1` in a release build (`make bench`). Nothing here is asserted of time or
/// memory, only that the work was done. One at a time, as each would disturb the others. Source:
/// design §16.
@Suite(.serialized, .timeLimit(.minutes(60))) enum Benchmarks {}

/// How much work a benchmark does.
enum Scale {
    /// True when the figures are to mean something.
    static let isEarnest = ProcessInfo.processInfo.environment["WARREN_BENCH"] == "1"

    /// `earnest` of something, or `small` of it when the benchmark is only kept from rotting.
    static func of(_ earnest: Int, small: Int) -> Int { isEarnest ? earnest : small }

    /// How often a figure is taken; the best counts, as others on the machine only make it worse.
    static let rounds = isEarnest ? 5 : 1

    /// The least of several measurements of one thing, and of its floor, taken in turns.
    static func least(
        _ measure: () throws -> Double,
        floor: () throws -> Double
    ) rethrows -> (figure: Double, floor: Double) {
        var least = (figure: Double.infinity, floor: Double.infinity)
        for _ in 0..<rounds {
            least.floor = min(least.floor, try floor())
            least.figure = min(least.figure, try measure())
        }
        return least
    }
}
