import WarrenPrimitives

/// How late something was, for people: `4.1 ms`, `312 ms` or `1.31 s`, cut off.
package enum DelayText {
    package static func words(_ delay: Duration) -> String {
        let nanoseconds = max(0, delay.wholeNanoseconds)
        switch nanoseconds {
        case ..<10_000_000:
            let tenths = nanoseconds / 100_000
            return "\(tenths / 10).\(tenths % 10) ms"
        case ..<1_000_000_000: return "\(nanoseconds / 1_000_000) ms"
        default:
            let hundredths = nanoseconds / 10_000_000
            let fraction = hundredths % 100
            return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
        }
    }

    package static func words(_ delay: Duration?) -> String {
        delay.map(words) ?? TextTable.none
    }

    /// A part of a whole in percent with one decimal, as `51.3 %`; nothing of nothing is none.
    static func share(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return TextTable.none }
        let tenths = part * 1000 / whole
        return "\(tenths / 10).\(tenths % 10) %"
    }

    /// A ratio with two decimals, as `1.07`.
    static func ratio(_ value: Int, to base: Int) -> String {
        guard base > 0 else { return TextTable.none }
        let hundredths = value.multipliedReportingOverflow(by: 100).partialValue / base
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}

/// `1 block`, `2 blocks`.
func counted(_ count: Int, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}
