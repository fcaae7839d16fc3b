/// Quantities with units as files and expectations write them; whole numbers inside.
///
/// `15s`, `1.5m`, `250ms`; `100Mbit`, `250B`; `10/s`; `0.1%`.
package enum Quantity {
    /// `text` as `unit`s of which one is `scale` parts, in parts; nil if it is no such number.
    ///
    /// Takes digits with an optional fraction; more digits than a part can hold are refused rather
    /// than rounded.
    static func fixed(_ text: Substring, scale: Int64) -> Int64? {
        let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(pieces.count), let whole = digits(pieces[0]) else { return nil }
        let (high, tooMany) = whole.multipliedReportingOverflow(by: scale)
        guard !tooMany else { return nil }
        guard pieces.count == 2 else { return high }
        guard !pieces[1].isEmpty, digits(pieces[1].prefix(1)) != nil else { return nil }
        var fraction = pieces[1]
        while fraction.last == "0" { fraction.removeLast() }
        guard !fraction.isEmpty else { return high }
        guard let numerator = digits(fraction), fraction.utf8.count <= 18 else { return nil }
        let denominator = fraction.utf8.reduce(Int64(1)) { power, _ in power * 10 }
        let (parts, tooFine) = numerator.multipliedReportingOverflow(by: scale)
        guard !tooFine, parts.isMultiple(of: denominator) else { return nil }
        let (sum, overflow) = high.addingReportingOverflow(parts / denominator)
        return overflow ? nil : sum
    }

    private static func digits(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ digitValue($0) != nil }) else { return nil }
        return Int64(text)
    }

    private static func digitValue(_ byte: UInt8) -> Int64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int64(byte - UInt8(ascii: "0"))
        default: nil
        }
    }

    /// The number in front and the unit behind it.
    static func split(_ text: Substring) -> (number: Substring, unit: Substring) {
        let end =
            text.utf8.firstIndex { digitValue($0) == nil && $0 != UInt8(ascii: ".") }
            ?? text.endIndex
        return (text[..<end], text[end...])
    }

    // MARK: - Durations

    private static let durationUnits: [(name: String, nanoseconds: Int64)] = [
        ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000), ("us", 1000), ("ns", 1),
    ]

    /// Reads `15s`, `1.5m`, `250ms`, `2h`, `1m30s`; nil for everything else, also if negative.
    package static func duration(_ text: String) -> Duration? {
        /// Longer than any duration that fits.
        let lengthLimit = 64
        guard !text.isEmpty, text.utf8.count <= lengthLimit else { return nil }
        if text == "0" { return .zero }
        var rest = text[...]
        var total: Int64 = 0
        while !rest.isEmpty {
            let (number, tail) = split(rest)
            let letters = tail.prefix { !$0.isNumber && $0 != "." }
            let name = letters == "µs" ? "us" : letters
            guard let unit = durationUnits.first(where: { $0.name == name }),
                let part = fixed(number, scale: unit.nanoseconds)
            else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
            rest = tail.dropFirst(letters.count)
        }
        return .nanoseconds(total)
    }

    /// Reads a plain number of seconds such as `5` or `1.5`.
    package static func seconds(_ text: String) -> Duration? {
        fixed(text[...], scale: 1_000_000_000).map { .nanoseconds($0) }
    }

    /// The duration in the largest unit of which it is a whole number: `15s`, `90s`, `250ms`.
    package static func spelled(_ duration: Duration) -> String {
        let nanoseconds = duration.wholeNanoseconds
        guard nanoseconds != 0 else { return "0s" }
        for unit in durationUnits where nanoseconds.isMultiple(of: unit.nanoseconds) {
            return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
        }
        return "\(nanoseconds)ns"
    }

    // MARK: - Sizes, bandwidths, rates, shares

    private static let byteUnits: [(name: String, bytes: Int64)] = [
        ("B", 1), ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    /// Reads `250B`, `64KiB`, `1.5MB`, in bytes.
    package static func size(_ text: String) -> Int64? {
        let (number, unit) = split(text[...])
        return byteUnits.first { $0.name == unit }.flatMap { fixed(number, scale: $0.bytes) }
    }

    private static let bitUnits: [(name: String, bits: Int64)] = [
        ("bit", 1), ("kbit", 1000), ("Mbit", 1_000_000), ("Gbit", 1_000_000_000),
    ]

    /// Reads `100Mbit`, in bits a second.
    package static func bandwidth(_ text: String) -> Int64? {
        let (number, unit) = split(text[...])
        return bitUnits.first { $0.name == unit }.flatMap { fixed(number, scale: $0.bits) }
    }

    /// So many things in so much time.
    package struct Rate: Hashable, Sendable {
        package var count: Int64
        package var per: Duration

        package init(count: Int64, per: Duration) {
            self.count = count
            self.per = per
        }
    }

    /// Reads `10/s`, `30/m`, `5/h`.
    package static func rate(_ text: String) -> Rate? {
        let (number, unit) = split(text[...])
        guard let count = digits(number), unit.first == "/",
            let length = durationUnits.first(where: { $0.name == unit.dropFirst() })
        else { return nil }
        return Rate(count: count, per: .nanoseconds(length.nanoseconds))
    }

    /// Reads `0.1%` or `0.001`, from 0 to 1, in millionths.
    package static func millionths(_ text: String) -> Int64? {
        let share =
            text.last == "%"
            ? fixed(text.dropLast(), scale: 10_000) : fixed(text[...], scale: 1_000_000)
        return share.flatMap { (0...1_000_000).contains($0) ? $0 : nil }
    }

    /// The rate as ``rate(_:)`` reads it: `10/s`.
    package static func spelled(_ rate: Rate) -> String {
        let unit = durationUnits.first { $0.nanoseconds == rate.per.wholeNanoseconds }
        return "\(rate.count)/\(unit?.name ?? spelled(rate.per))"
    }

    /// Millionths as a share from 0 to 1 without zeros at its end: `0.05`.
    package static func spelledShare(_ millionths: Int64) -> String {
        let digits = String(millionths % 1_000_000 + 1_000_000).dropFirst()
        var fraction = digits
        while fraction.last == "0" { fraction.removeLast() }
        let whole = "\(millionths / 1_000_000)"
        return fraction.isEmpty ? whole : whole + "." + fraction
    }
}
