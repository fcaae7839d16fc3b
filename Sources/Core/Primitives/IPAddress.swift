/// An IPv4 or IPv6 address; IPv4 is held as its IPv4-mapped IPv6 form, as Go's `net.IP` compares.
package struct IPAddress: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(v4 bits: UInt32) {
        high = 0
        low = 0xFFFF_0000_0000 | UInt64(bits)
    }

    /// The 32 bits of an IPv4 (or IPv4-mapped) address.
    package var v4: UInt32? {
        high == 0 && low >> 32 == 0xFFFF ? UInt32(truncatingIfNeeded: low) : nil
    }

    package var isUnspecified: Bool { high == 0 && (low == 0 || low == 0xFFFF_0000_0000) }

    /// Only this machine is in reach of it: 127.0.0.0/8 and ::1.
    package var isLoopback: Bool { v4.map { $0 >> 24 == 127 } ?? (high == 0 && low == 1) }

    /// The eight 16-bit groups of the IPv6 form, first to last.
    var groups: [UInt16] {
        [high, low].flatMap { half in
            stride(from: UInt64(48), through: 0, by: -16).map {
                UInt16(truncatingIfNeeded: half >> $0)
            }
        }
    }

    package static func < (lhs: IPAddress, rhs: IPAddress) -> Bool {
        (lhs.high, lhs.low) < (rhs.high, rhs.low)
    }
}

extension IPAddress: CustomStringConvertible, LosslessStringConvertible {
    /// Dotted for IPv4, mapped or not; else IPv6 in lower case with its longest run of zeros cut.
    ///
    /// Source: C§1.2; RFC 5952 §4.
    package var description: String {
        if v4 != nil { return dotted }
        let groups = groups
        var cut = 0..<0
        var index = 0
        while index < groups.count {
            let start = index
            while index < groups.count, groups[index] == 0 { index += 1 }
            if index - start >= 2, index - start > cut.count { cut = start..<index }
            if index == start { index += 1 }
        }
        func text(_ groups: ArraySlice<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if cut.isEmpty { return text(groups[...]) }
        return text(groups[..<cut.lowerBound]) + "::" + text(groups[cut.upperBound...])
    }

    /// Reads IPv4 of four decimal parts or any form of IPv6; nil for everything else.
    ///
    /// Leading zeros in IPv4 and zone ids are refused, as by Go since 1.17.
    package init?(_ text: String) { self.init(utf8: Array(text.utf8)[...]) }

    /// As ``init(_:)-(String)``, of text that is still in bytes.
    package init?(utf8 bytes: ArraySlice<UInt8>) {
        // The longest text there is: six groups and a dotted IPv4 address.
        guard bytes.count <= 45 else { return nil }
        if bytes.contains(UInt8(ascii: ":")) {
            guard let address = Self.parseV6(Array(bytes)) else { return nil }
            self = address
        } else {
            guard let bits = Self.parseV4(bytes.span) else { return nil }
            self.init(v4: bits)
        }
    }

    /// Appends the description's letters, which are 45 at most.
    package func append(to text: inout [UInt8]) {
        guard let (letters, count) = dottedLetters else {
            return text.append(contentsOf: description.utf8)
        }
        unsafe withUnsafeBytes(of: letters.littleEndian) {
            unsafe text.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
    }

    /// An IPv4 address in letters, at most 15, the first in the lowest byte; nil for IPv6.
    package var dottedLetters: (letters: UInt128, count: Int)? {
        guard let v4 else { return nil }
        // Each part with a dot behind it, of which the last one does not count.
        var letters: UInt128 = 0
        var count = 0
        for shift in stride(from: UInt32(24), through: 0, by: -8) {
            let (part, width) = Self.letters(of: v4 >> shift & 255)
            letters |= UInt128(part) << UInt128(8 * count)
            count += width
        }
        return (letters, count - 1)
    }

    /// A number below 256 in decimal digits and a dot, the first in the lowest byte, and their count.
    private static func letters(of part: UInt32) -> (UInt32, Int) {
        let (hundreds, tens, ones) = (part / 100, part / 10 % 10, part % 10)
        if part >= 100 { return (0x2E30_3030 | hundreds | tens << 8 | ones << 16, 4) }
        if part >= 10 { return (0x2E_3030 | tens | ones << 8, 3) }
        return (0x2E30 | ones, 2)
    }

    private var dotted: String {
        var text: [UInt8] = []
        text.reserveCapacity(15)
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Four decimal parts with dots between.
    package static func parseV4(_ text: Span<UInt8>) -> UInt32? {
        var (bits, part): (UInt32, UInt32) = (0, 0)
        var (dotCount, digitCount) = (0, 0)
        for index in text.indices {
            let byte = text[index]
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                // A part that begins with zero has no second digit.
                guard digitCount == 0 || part > 0 else { return nil }
                part = part * 10 + UInt32(digit)
                digitCount += 1
                guard part < 256 else { return nil }
            } else {
                guard byte == UInt8(ascii: "."), digitCount > 0, dotCount < 3 else { return nil }
                bits = bits << 8 | part
                part = 0
                dotCount += 1
                digitCount = 0
            }
        }
        return dotCount == 3 && digitCount > 0 ? bits << 8 | part : nil
    }

    private static func parseV6(_ text: [UInt8]) -> IPAddress? {
        guard let gap = firstGap(text) else {
            guard let groups = parseGroups(text[...]), groups.count == 8 else { return nil }
            return IPAddress(groups: groups)
        }
        // A second "::" leaves an empty group in the tail, which is refused there; the head ends
        // where the first one starts, and may not hold a dotted part.
        let head = text[..<gap]
        guard let first = parseGroups(head), let last = parseGroups(text[(gap + 2)...]),
            first.count + last.count < 8, !head.contains(UInt8(ascii: "."))
        else { return nil }
        let zeros = [UInt16](repeating: 0, count: 8 - first.count - last.count)
        return IPAddress(groups: first + zeros + last)
    }

    /// Where the first "::" starts.
    private static func firstGap(_ text: [UInt8]) -> Int? {
        let colon = UInt8(ascii: ":")
        return text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
    }

    /// Groups of hex digits between colons, of which the last may be an IPv4 address instead.
    private static func parseGroups(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let bits = parseV4(part.span) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: bits >> 16))
                groups.append(UInt16(truncatingIfNeeded: bits))
            } else {
                guard (1...4).contains(part.count), let value = number(part, radix: 16) else {
                    return nil
                }
                groups.append(UInt16(truncatingIfNeeded: value))
            }
        }
        return groups
    }

    /// Eight groups make an address; called with nothing else.
    private init(groups: [UInt16]) {
        precondition(groups.count == 8, "an IPv6 address has 8 groups, not \(groups.count)")
        func half(_ groups: ArraySlice<UInt16>) -> UInt64 {
            groups.reduce(0) { $0 << 16 | UInt64($1) }
        }
        self.init(high: half(groups[..<4]), low: half(groups[4...]))
    }

    private static func number(_ digits: ArraySlice<UInt8>, radix: UInt32) -> UInt32? {
        var value: UInt32 = 0
        for digit in digits {
            guard let step = Hex.value(digit), step < radix else { return nil }
            value = value * radix + UInt32(step)
        }
        return value
    }
}

extension IPAddress: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.valueOfText("IP address", expected: "the form 10.0.0.1 or fd00::1")
    }

    package func encode(to encoder: any Encoder) throws {
        try encoder.encodeText(self)
    }
}
