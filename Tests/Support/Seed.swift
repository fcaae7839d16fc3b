import Foundation
import Testing
package import WarrenPrimitives

/// A seed as a test's argument, so that a failure names it and `WARREN_SEED=…` replays it alone.
package struct Seed: CustomTestStringConvertible, Sendable, Hashable {
    package let value: UInt64
    package init(value: UInt64) { self.value = value }
    package var testDescription: String { "WARREN_SEED=\(value)" }
    package var random: Random { Random(seed: value) }

    /// `count` fixed seeds; the one in `WARREN_SEED`, if set; or the first `WARREN_SEEDS` of them.
    package static func sweep(_ count: UInt64 = 20) -> [Seed] {
        let environment = ProcessInfo.processInfo.environment
        if let one = environment["WARREN_SEED"].flatMap(UInt64.init) { return [Seed(value: one)] }
        let many = environment["WARREN_SEEDS"].flatMap(UInt64.init) ?? count
        return (1...max(many, 1)).map(Seed.init)
    }
}
