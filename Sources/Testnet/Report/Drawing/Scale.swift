import WarrenPrimitives

/// Where a time or a share lies on an axis, and where its marks are.
struct Scale {
    let least: Double
    let greatest: Double
    let from: Double
    let to: Double
    /// The square root is laid off, so that what is soon has room beside what is late.
    var isBent = false

    init(_ range: ClosedRange<Double>, from: Double, to: Double, isBent: Bool = false) {
        least = range.lowerBound
        greatest = max(range.upperBound, range.lowerBound + 1e-9)
        self.from = from
        self.to = to
        self.isBent = isBent
    }

    func callAsFunction(_ value: Double) -> Double {
        let share = min(1, max(0, (value - least) / (greatest - least)))
        return from + (to - from) * (isBent ? share.squareRoot() : share)
    }

    /// Round values within the range, at most so many, the least first.
    func marks(_ count: Int) -> [Double] {
        let span = greatest - least
        var step = 1e-6
        let factors = [2, 2.5, 2]
        var turn = 0
        while span / step > Double(count) {
            step *= factors[turn % 3]
            turn += 1
        }
        let first = Int((least / step).rounded(.up))
        let last = Int((greatest / step + 1e-9).rounded(.down))
        guard first <= last else { return [] }
        return (first...last).map { Double($0) * step }
    }
}

extension Duration {
    /// For drawings only; nothing is decided by it.
    var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }
}

extension Double {
    /// A mark on an axis of seconds, as `200 ms`, `1.5 s` or `10 min`.
    var timeWords: String {
        let microseconds = Int((self * 1e6).rounded())
        switch microseconds {
        case 0: return "0"
        case ..<1000: return "\(microseconds) µs"
        case ..<1_000_000:
            return Self.trimmed(microseconds, unit: 1000) + " ms"
        case ..<120_000_000: return Self.trimmed(microseconds, unit: 1_000_000) + " s"
        default: return Self.trimmed(microseconds, unit: 60_000_000) + " min"
        }
    }

    private static func trimmed(_ value: Int, unit: Int) -> String {
        let tenths = value * 10 / unit
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
