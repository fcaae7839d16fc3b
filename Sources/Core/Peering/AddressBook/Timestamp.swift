package import WarrenPrimitives

/// An instant as RFC 3339 text with up to nine fractional digits, in UTC: how Go writes time.
///
/// Go's zero time, `0001-01-01T00:00:00Z`, is "never". Source: C§6.7.
package struct Timestamp: Hashable, Sendable {
    /// Nil for Go's zero time.
    package var instant: Instant?

    package static let zero = Timestamp(nil)
    private static let zeroText = "0001-01-01T00:00:00Z"

    package init(_ instant: Instant?) { self.instant = instant }
}

extension Timestamp: CustomStringConvertible, LosslessStringConvertible {
    package var description: String {
        guard let instant else { return Self.zeroText }
        let billion: Int64 = 1_000_000_000
        let fraction = (instant.nanoseconds % billion + billion) % billion
        let seconds = (instant.nanoseconds - fraction) / billion
        let second = (seconds % 86_400 + 86_400) % 86_400
        let date = Self.date(ofDay: (seconds - second) / 86_400)
        let day = [(date.year, 4), (date.month, 2), (date.day, 2)].map(Self.padded)
        let time = [(second / 3600, 2), (second / 60 % 60, 2), (second % 60, 2)].map(Self.padded)
        var text = day.joined(separator: "-") + "T" + time.joined(separator: ":")
        if fraction > 0 {
            var digits = Self.padded(fraction, 9)
            while digits.last == "0" { digits.removeLast() }
            text += "." + digits
        }
        return text + "Z"
    }

    /// Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)` of the years 1678 to 2261.
    package init?(_ text: String) {
        if text == Self.zeroText {
            self = .zero
            return
        }
        var rest = Array(text.utf8)[...]
        guard rest.count <= 64, let year = Self.number(&rest, 4, after: nil),
            let month = Self.number(&rest, 2, after: "-"),
            let day = Self.number(&rest, 2, after: "-"),
            let hour = Self.number(&rest, 2, after: "T"),
            let minute = Self.number(&rest, 2, after: ":"),
            let second = Self.number(&rest, 2, after: ":"),
            (1678...2261).contains(year), (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60, second < 60,
            let fraction = Self.fraction(&rest), let offset = Self.offset(rest)
        else { return nil }
        let days = Self.day(year: year, month: month, day: day)
        guard Self.date(ofDay: days) == (year, month, day) else { return nil }
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(Instant(nanoseconds: seconds * 1_000_000_000 + fraction))
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// Takes `width` digits off the front, after a separator.
    private static func number(
        _ rest: inout ArraySlice<UInt8>,
        _ width: Int,
        after separator: Unicode.Scalar?
    ) -> Int64? {
        if let separator {
            guard rest.first == UInt8(ascii: separator) else { return nil }
            rest.removeFirst()
        }
        guard rest.count >= width else { return nil }
        var value: Int64 = 0
        for digit in rest.prefix(width) {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        rest.removeFirst(width)
        return value
    }

    /// Takes a fraction, if there is one, off the front: nanoseconds, cut after nine digits.
    private static func fraction(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard rest.first == UInt8(ascii: ".") else { return 0 }
        rest.removeFirst()
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        var value: Int64 = 0
        var scale: Int64 = 100_000_000
        for digit in digits.prefix(9) {
            value += Int64(digit - 0x30) * scale
            scale /= 10
        }
        return value
    }

    /// Seconds east of UTC.
    private static func offset(_ text: ArraySlice<UInt8>) -> Int64? {
        if text.elementsEqual([UInt8(ascii: "Z")]) { return 0 }
        guard let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else {
            return nil
        }
        var rest = text.dropFirst()
        guard let hour = number(&rest, 2, after: nil), let minute = number(&rest, 2, after: ":"),
            rest.isEmpty, hour < 24, minute < 60
        else { return nil }
        return (sign == UInt8(ascii: "+") ? 1 : -1) * (hour * 3600 + minute * 60)
    }

    /// Days since the Unix epoch of a date in the Gregorian calendar.
    ///
    /// Years are counted from March, so that the leap day is a year's last.
    private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month > 2 ? year : year - 1
        let fromMarch = (month + 9) % 12
        let leapDays = year / 4 - year / 100 + year / 400
        return 365 * year + leapDays + (153 * fromMarch + 2) / 5 + day - 1 - epochDay
    }

    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let fromZero = day + epochDay
        // A guess that is never too late and at most one year early.
        var year = fromZero * 400 / 146_097
        while firstDay(of: year + 1) <= fromZero { year += 1 }
        while firstDay(of: year) > fromZero { year -= 1 }
        let rest = fromZero - firstDay(of: year)
        let fromMarch = (5 * rest + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return (month > 2 ? year : year + 1, month, rest - (153 * fromMarch + 2) / 5 + 1)
    }

    private static func firstDay(of year: Int64) -> Int64 {
        365 * year + year / 4 - year / 100 + year / 400
    }

    /// Days from 1 March of the year 0 to 1 January 1970.
    private static let epochDay: Int64 = 719_468
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.valueOfText("time", expected: "the form 2026-11-21T10:14:03Z")
    }

    package func encode(to encoder: any Encoder) throws {
        try encoder.encodeText(self)
    }
}
