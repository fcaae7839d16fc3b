package import WarrenPrimitives

/// The steps of a run, one by one, to be laid beside those of another run.
package struct Trace: Hashable, Sendable {
    /// One input of one node and what came of it.
    package struct Step: Hashable, Sendable {
        package var at: Instant
        package var host: Int
        package var input: String
        package var effects: [String]
        /// The next number that the node would draw.
        package var nextDraw: UInt64
    }

    package private(set) var steps: [Step] = []
    private let start: Int
    private let limit: Int
    private var count = 0

    package init(start: Int = 0, limit: Int) {
        self.start = start
        self.limit = limit
    }

    /// Whether the step that comes next is kept.
    var isOpen: Bool { count >= start && steps.count < limit }

    mutating func append(_ step: @autoclosure () -> Step) {
        if isOpen { steps.append(step()) }
        count += 1
    }

    /// Where two runs first went different ways, in words; nil if their steps are the same.
    package static func firstDifference(between one: Trace, and other: Trace) -> String? {
        for (index, pair) in zip(one.steps, other.steps).enumerated() where pair.0 != pair.1 {
            return "step \(one.start + index): \(difference(pair.0, pair.1))"
        }
        guard one.steps.count != other.steps.count else { return nil }
        let longer = one.steps.count > other.steps.count ? one : other
        let index = min(one.steps.count, other.steps.count)
        return "step \(one.start + index): one run ends, the other goes on with "
            + "\(text(longer.steps[index]))"
    }

    private static func difference(_ one: Step, _ other: Step) -> String {
        if (one.at, one.host, one.input) != (other.at, other.host, other.input) {
            return "in one run \(text(one)), in the other \(text(other))"
        }
        for (number, pair) in zip(one.effects, other.effects).enumerated() where pair.0 != pair.1 {
            return "\(text(one)) has effect \(number) \(pair.0) in one run, \(pair.1) in the other"
        }
        if one.effects.count != other.effects.count {
            return "\(text(one)) has \(one.effects.count) effects in one run, "
                + "\(other.effects.count) in the other"
        }
        return "\(text(one)) draws differently: next comes \(one.nextDraw) in one run, "
            + "\(other.nextDraw) in the other"
    }

    private static func text(_ step: Step) -> String {
        "host \(step.host) at \(step.at.nanoseconds) ns hears \(step.input)"
    }
}
