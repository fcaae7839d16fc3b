package import WarrenNode
package import WarrenPrimitives

/// What a DNS message answers to the question it repeats: addresses, or where a service is.
///
/// Read here rather than by c-ares, whose reader of SRV records leaves out the time to live. Only
/// records of the name that was asked for count, or of the one that its aliases lead to. Sources:
/// RFC 1035 §4.1, RFC 2181 §8, RFC 2782, RFC 3596.
package struct DNSAnswer: Hashable, Sendable {
    package enum Kind: UInt16, Hashable, Sendable, CaseIterable {
        case a = 1
        case aaaa = 28
        case srv = 33
    }

    /// What is wrong with a message.
    package enum Flaw: Error, Hashable, Sendable, CaseIterable {
        /// It ends in the middle.
        case cut
        /// It repeats not one question but none, or several.
        case notOneQuestion
        /// A name longer than 255 bytes, or one that goes round in circles.
        case badName
        /// An address or a service of the wrong length.
        case badRecord
        case tooManyRecords
    }

    /// Records in one message; more than any name of ours has, less than fit in 64 KiB.
    package static let recordLimit = 512
    /// Aliases from the name that was asked for to the one that has the records.
    package static let aliasLimit = 16

    package private(set) var addresses: [IPAddress] = []
    package private(set) var services: [Node.ServiceRecord] = []
    /// The longest that any of the records holds, and no longer than the aliases to them do.
    package private(set) var ttl: Duration = .zero

    /// Reads a whole message.
    package init(_ message: [UInt8], kind: Kind) throws(Flaw) {
        var reader = DNSReader(message)
        let counts = try reader.header()
        guard counts.questions == 1 else { throw .notOneQuestion }
        guard counts.answers <= Self.recordLimit else { throw .tooManyRecords }
        var owner = try reader.name()
        _ = try reader.bytes(4)
        var records: [Record] = []
        for _ in 0..<counts.answers {
            if let record = try Record(&reader, kind: kind) { records.append(record) }
        }
        var aliasTTL = UInt32.max
        for _ in 0..<Self.aliasLimit {
            guard let alias = records.first(where: { $0.owner == owner && $0.alias != nil }),
                let next = alias.alias
            else { break }
            owner = next
            aliasTTL = min(aliasTTL, alias.ttl)
        }
        var longest: UInt32 = 0
        for record in records where record.owner == owner {
            switch record.content {
            case .address(let ip): addresses.append(ip)
            case .service(let service): services.append(service)
            case .alias: continue
            }
            longest = max(longest, record.ttl)
        }
        ttl = .seconds(min(longest, aliasTTL))
    }

    /// One record of the answer, of the kind that was asked for or an alias.
    private struct Record {
        enum Content {
            case address(IPAddress)
            case service(Node.ServiceRecord)
            case alias(DNSName)
        }

        var owner: DNSName
        /// Seconds.
        var ttl: UInt32
        var content: Content

        var alias: DNSName? { if case .alias(let name) = content { name } else { nil } }

        private static let internet: UInt16 = 1
        private static let canonicalName: UInt16 = 5

        /// Nil for a record of no interest, or a service whose target is no host name.
        init?(_ reader: inout DNSReader, kind: Kind) throws(Flaw) {
            owner = try reader.name()
            let type = try reader.number()
            let group = try reader.number()
            let seconds = UInt32(try reader.number()) << 16 | UInt32(try reader.number())
            // With the top bit set it means nothing (RFC 2181 §8).
            ttl = seconds > UInt32(Int32.max) ? 0 : seconds
            let length = Int(try reader.number())
            let end = reader.place + length
            guard end <= reader.message.count else { throw .cut }
            defer { reader.place = end }
            guard group == Self.internet else { return nil }
            if type == Self.canonicalName {
                content = .alias(try reader.name())
            } else if type == kind.rawValue {
                guard let read = try Self.read(&reader, kind: kind) else { return nil }
                content = read
            } else {
                return nil
            }
            guard reader.place == end else { throw .badRecord }
        }

        private static func read(
            _ reader: inout DNSReader,
            kind: Kind
        ) throws(Flaw) -> Content? {
            switch kind {
            case .a:
                let bits = UInt32(try reader.number()) << 16 | UInt32(try reader.number())
                return .address(IPAddress(v4: bits))
            case .aaaa: return .address(IPAddress(try reader.bytes(16)))
            case .srv:
                let priority = try reader.number()
                let weight = try reader.number()
                let port = try reader.number()
                guard let target = try reader.name().host else { return nil }
                return .service(
                    .init(priority: priority, weight: weight, port: port, target: target)
                )
            }
        }
    }
}

/// A name as DNS has it, in lower case: labels, each behind its length, without the final 0.
struct DNSName: Hashable {
    fileprivate(set) var bytes: [UInt8] = []

    /// With dots, and none at the end; nil if some byte has no place in a host's name.
    var host: String? {
        var labels: [String] = []
        var place = 0
        while place < bytes.count {
            let label = bytes[(place + 1)...].prefix(Int(bytes[place]))
            guard label.allSatisfy(Self.isHostByte) else { return nil }
            labels.append(String(decoding: label, as: UTF8.self))
            place += 1 + label.count
        }
        return labels.joined(separator: ".")
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// A place in a DNS message, from which it is read on.
struct DNSReader {
    let message: [UInt8]
    var place = 0

    init(_ message: [UInt8]) { self.message = message }

    /// How many questions and answers there are.
    mutating func header() throws(DNSAnswer.Flaw) -> (questions: Int, answers: Int) {
        _ = try bytes(4)
        let questions = Int(try number())
        let answers = Int(try number())
        _ = try bytes(4)
        return (questions, answers)
    }

    mutating func bytes(_ count: Int) throws(DNSAnswer.Flaw) -> ArraySlice<UInt8> {
        guard message.count - place >= count else { throw .cut }
        defer { place += count }
        return message[place..<(place + count)]
    }

    mutating func number() throws(DNSAnswer.Flaw) -> UInt16 {
        let pair = try bytes(2)
        return UInt16(pair[pair.startIndex]) << 8 | UInt16(pair[pair.startIndex + 1])
    }

    /// A name, whose tail may stand elsewhere in the message.
    ///
    /// A pointer must lead to before the piece that it ends, so that every jump goes back and there
    /// is an end to them. Source: RFC 1035 §4.1.4.
    mutating func name() throws(DNSAnswer.Flaw) -> DNSName {
        var name = DNSName()
        var at = place
        var pieceStart = place
        var end: Int?
        while true {
            guard at < message.count else { throw .cut }
            let length = Int(message[at])
            if length == 0 {
                place = end ?? at + 1
                return name
            }
            if length >= 0xC0 {
                guard at + 1 < message.count else { throw .cut }
                let target = (length & 0x3F) << 8 | Int(message[at + 1])
                guard target < pieceStart else { throw .badName }
                end = end ?? at + 2
                at = target
                pieceStart = target
                continue
            }
            guard length <= 63, name.bytes.count + length + 2 <= 255 else { throw .badName }
            guard at + 1 + length <= message.count else { throw .cut }
            name.bytes.append(UInt8(length))
            for byte in message[(at + 1)..<(at + 1 + length)] {
                let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                name.bytes.append(isUpper ? byte | 0x20 : byte)
            }
            at += 1 + length
        }
    }
}

extension IPAddress {
    /// An IPv6 address, first byte first.
    init(_ bytes: ArraySlice<UInt8>) {
        let high = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let low = bytes.dropFirst(8).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(high: high, low: low)
    }
}
