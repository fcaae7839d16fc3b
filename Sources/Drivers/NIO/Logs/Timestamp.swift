package import WarrenPrimitives

/// Instants as people read them: RFC 3339 in UTC.
package enum Timestamp {
    /// With `digits` of a second's fraction, cut, not rounded.
    package static func text(_ instant: Instant, digits: Int = 3) -> String {
        let (seconds, nanoseconds) = instant.nanoseconds.euclidean(1_000_000_000)
        let (days, second) = seconds.euclidean(86_400)
        let (year, month, day) = date(days)
        let clock = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }
        let fraction = padded(nanoseconds, 9).prefix(digits)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + clock.joined(separator: ":") + (digits > 0 ? ".\(fraction)" : "") + "Z"
    }

    /// Year, month and day of the Gregorian calendar, `days` after 1970-01-01.
    ///
    /// Years begin in March here, so that the leap day is the last of its year.
    /// Source: Neri and Schneider, "Euclidean affine functions and their application to calendar
    /// algorithms", 2022.
    private static func date(_ days: Int64) -> (Int64, Int64, Int64) {
        let (century, inCentury) = (4 * (days + 719_468) + 3).euclidean(146_097)
        let (yearOfCentury, inYear) = (inCentury / 4 * 4 + 3).euclidean(1461)
        let shifted = 5 * (inYear / 4) + 461
        let month = shifted / 153
        let year = 100 * century + yearOfCentury + (month > 12 ? 1 : 0)
        return (year, month > 12 ? month - 12 : month, shifted % 153 / 5 + 1)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    /// Quotient and remainder, the remainder never below zero.
    fileprivate func euclidean(_ divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
