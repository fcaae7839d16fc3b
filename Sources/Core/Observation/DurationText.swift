import WarrenPrimitives

/// Durations as people write them: `15s`, `90ms`, `1.5s`, `2m`.
package enum DurationText {
    /// The longest that may be written: ten years of hours.
    package static let limit: Duration = .seconds(87_600 * 3600)

    private static let units: [(name: String, nanoseconds: Int128)] = [
        ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
        ("us", 1000), ("ns", 1),
    ]

    /// Nil unless `text` is a number, with a fraction or without, and a unit: h, m, s, ms, us, ns.
    package static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let name = text[digits.endIndex...]
        guard let unit = units.first(where: { $0.name == name }) else { return nil }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ (1...15).contains($0.count) }) else {
            return nil
        }
        var nanoseconds = (Int128(parts[0]) ?? 0) * unit.nanoseconds
        if parts.count == 2 {
            var scale = unit.nanoseconds
            for digit in parts[1].utf8 {
                guard scale.isMultiple(of: 10) else { return nil }
                scale /= 10
                nanoseconds += Int128(digit - UInt8(ascii: "0")) * scale
            }
        }
        let duration = Duration.nanoseconds(Int64(clamping: nanoseconds))
        return duration <= limit ? duration : nil
    }

    /// The shortest whole number of a unit that says exactly `duration`.
    package static func text(_ duration: Duration) -> String {
        let nanoseconds = Int128(duration.wholeNanoseconds)
        guard nanoseconds != 0 else { return "0s" }
        for unit in units where nanoseconds.isMultiple(of: unit.nanoseconds) {
            return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
        }
        return "\(nanoseconds)ns"
    }

    /// Seconds with two decimals, cut off, as `2.31s`: a point in a run.
    package static func point(_ duration: Duration) -> String {
        let hundredths = duration.wholeNanoseconds / 10_000_000
        let size = hundredths.magnitude
        let fraction = size % 100
        return (duration < .zero ? "-" : "")
            + "\(size / 100).\(fraction < 10 ? "0" : "")\(fraction)s"
    }

    /// Seconds with one decimal if it has one, as `1.9 s` or `20 s`: how long something took.
    package static func span(_ duration: Duration) -> String {
        let tenths = duration.wholeNanoseconds / 100_000_000
        return tenths.isMultiple(of: 10) ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}
