import Foundation

/// One line of the table: what was measured, the least it could be, and what we allow ourselves.
struct Figure {
    var name: String
    var value: Double
    var unit: Unit
    /// The same work without us, in the same unit and from the same run.
    var floor: Double?
    var budget: Budget?

    enum Unit: String {
        case millisecondsPerMegabyte = "ms/MB"
        case milliseconds = "ms"
        case seconds = "s"
        case perSecond = "/s"
        case megabytesPerSecond = "MB/s"
        case kilobytes = "KB"
        case megabytes = "MB"
        case percent = "%"
    }

    enum Budget {
        /// In the figure's own unit.
        case atMost(Double)
        case atLeast(Double)
        /// In multiples of the floor.
        case timesFloorAtMost(Double)
        case timesFloorAtLeast(Double)
    }

    /// Prints the line, under a heading if it is the first.
    func show() {
        _ = Self.heading
        Self.write(line)
    }

    private static let heading: Void = write(
        row(["figure", "measured", "floor", "ratio", "budget", ""])
            + (Scale.isEarnest ? "" : "  (small runs mean nothing: set WARREN_BENCH=1)")
    )

    /// At once, so that a run that is cut short has shown what it had.
    private static func write(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private static func row(_ columns: [String]) -> String {
        let widths = [52, 14, 14, 8, 14, 0]
        return zip(columns, widths).map { text, width in
            let filler = String(repeating: " ", count: max(0, abs(width) - text.count))
            return width == widths[0] ? text + filler : filler + text
        }
        .joined(separator: "  ")
    }

    private var line: String {
        let ratio = floor.map { value / $0 }
        return Self.row([
            name, spelled(value), floor.map(spelled) ?? "–",
            ratio.map { "×" + Self.short($0) } ?? "–", allowance ?? "–", verdict ?? "",
        ])
    }

    private var allowance: String? {
        switch budget {
        case .atMost(let limit): "≤ " + spelled(limit)
        case .atLeast(let limit): "≥ " + spelled(limit)
        case .timesFloorAtMost(let limit): "≤ ×" + Self.short(limit)
        case .timesFloorAtLeast(let limit): "≥ ×" + Self.short(limit)
        case nil: nil
        }
    }

    /// `met`, or by how much not.
    private var verdict: String? {
        switch budget {
        case .atMost(let limit): Self.verdict(value / limit, isWorseAbove: true)
        case .atLeast(let limit): Self.verdict(value / limit, isWorseAbove: false)
        case .timesFloorAtMost(let limit):
            floor.map { Self.verdict(value / $0 / limit, isWorseAbove: true) }
        case .timesFloorAtLeast(let limit):
            floor.map { Self.verdict(value / $0 / limit, isWorseAbove: false) }
        case nil: nil
        }
    }

    private static func verdict(_ share: Double, isWorseAbove: Bool) -> String {
        if isWorseAbove ? share <= 1 : share >= 1 { return "met" }
        return "missed by \(short(abs(share - 1) * 100)) %"
    }

    private func spelled(_ value: Double) -> String {
        switch unit {
        case .perSecond where value >= 1e6: Self.short(value / 1e6) + " M/s"
        case .perSecond where value >= 1e4: Self.short(value / 1e3) + " k/s"
        case .perSecond: Self.short(value) + " /s"
        case .millisecondsPerMegabyte, .megabytesPerSecond, .milliseconds, .seconds, .kilobytes,
            .megabytes, .percent:
            Self.short(value) + " " + unit.rawValue
        }
    }

    /// Three digits or so.
    private static func short(_ value: Double) -> String {
        let places = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 0.1 ? 2 : 3
        return String(format: "%.\(places)f", value)
    }
}
