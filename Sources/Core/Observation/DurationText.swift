import WarrenPrimitives

/// Points and spans of a run as verdicts say them; what people write is `Quantity`'s.
package enum DurationText {
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
