import WarrenNIO

/// An answer of a DNS server, put together by a test.
struct DNSMessage {
    var bytes: [UInt8]

    /// A header, and the question for `name`.
    init(_ name: String, _ kind: DNSAnswer.Kind, answers: Int) {
        bytes = [0x12, 0x34, 0x81, 0x80, 0, 1]
        number(answers)
        bytes += [0, 0, 0, 0]
        bytes += Self.name(name)
        number(Int(kind.rawValue))
        number(1)
    }

    mutating func number(_ value: Int) { bytes += [UInt8(value >> 8 & 255), UInt8(value & 255)] }

    static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    /// A record of `owner`: text, or nil for a pointer to the name in the question.
    mutating func record(_ owner: String?, type: Int, ttl: UInt32, group: Int = 1, _ body: [UInt8])
    {
        bytes += owner.map(Self.name) ?? [0xC0, 12]
        number(type)
        number(group)
        number(Int(ttl >> 16))
        number(Int(ttl & 0xFFFF))
        number(body.count)
        bytes += body
    }

    mutating func service(
        _ priority: Int,
        _ weight: Int,
        _ port: Int,
        _ target: [UInt8],
        ttl: UInt32
    ) {
        var body: [UInt8] = []
        for value in [priority, weight, port] { body += [UInt8(value >> 8), UInt8(value & 255)] }
        record(nil, type: 33, ttl: ttl, body + target)
    }
}
