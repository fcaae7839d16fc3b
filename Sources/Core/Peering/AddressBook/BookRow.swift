import WarrenPrimitives

/// Rows of the store, as `addressbook.proto` beside this file has them.
enum BookRow {
    /// What a row of space "book" says.
    struct Entry: Hashable, Sendable {
        var record: BookRecord
        var buckets: [Int]
    }

    /// Why a row cannot be read; it is passed over and counted.
    enum Flaw: Error, Hashable, Sendable {
        case protobuf(ProtobufError)
        /// The key is no node id.
        case badKey
    }

    static func encode(_ record: BookRecord, in memberships: Memberships) -> [UInt8] {
        var writer = ProtobufWriter()
        write(record, into: &writer)
        writer.varint(13, memberships.packed)
        return writer.bytes
    }

    static func encode(_ ban: AddressBook.Ban) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.varint(1, UInt64(ban.cause.rawValue))
        writer.varint(2, UInt64(bitPattern: ban.bannedAt.nanoseconds))
        writer.varint(3, UInt64(bitPattern: ban.duration.wholeNanoseconds))
        if let record = ban.record { writer.message(4) { write(record, into: &$0) } }
        return writer.bytes
    }

    private static func write(_ record: BookRecord, into writer: inout ProtobufWriter) {
        writer.varint(1, record.address.socket.ip.high)
        writer.varint(2, record.address.socket.ip.low)
        writer.varint(3, UInt64(record.address.socket.port))
        writer.bytes(4, record.source.id.bytes)
        writer.varint(5, record.source.socket.ip.high)
        writer.varint(6, record.source.socket.ip.low)
        writer.varint(7, UInt64(record.source.socket.port))
        writer.varint(8, UInt64(record.attemptCount))
        writer.varint(9, UInt64(bitPattern: record.lastAttemptAt.nanoseconds))
        // An instant at the very epoch would read as never; it is written a nanosecond late.
        let success = record.lastSuccessAt.map { $0.nanoseconds == 0 ? 1 : $0.nanoseconds }
        writer.varint(10, UInt64(bitPattern: success ?? 0))
        writer.varint(11, UInt64(record.dialFailureCount))
        writer.varint(12, UInt64(bitPattern: record.dialWait.wholeNanoseconds))
    }
}

// MARK: - Reading

extension BookRow {
    static func entry(key: [UInt8], value: [UInt8]) throws(Flaw) -> Entry {
        guard let id = NodeID(key) else { throw .badKey }
        do throws(ProtobufError) {
            let fields = try Fields(value.span)
            return Entry(record: try fields.record(of: id), buckets: try fields.numbers())
        } catch {
            throw .protobuf(error)
        }
    }

    static func ban(key: [UInt8], value: [UInt8]) throws(Flaw) -> AddressBook.Ban {
        guard let id = NodeID(key) else { throw .badKey }
        do throws(ProtobufError) {
            let span = value.span
            var cause: UInt64 = 0
            var bannedAt: Int64 = 0
            var duration: Int64 = 0
            var record: BookRecord?
            var offset = 0
            while let field = try span.protobufField(at: &offset) {
                switch field.number {
                case 1: cause = try field.varint()
                case 2: bannedAt = Int64(bitPattern: try field.varint())
                case 3: duration = Int64(bitPattern: try field.varint())
                case 4: record = try Fields(span.extracting(try field.range())).record(of: id)
                default: break
                }
            }
            guard let cause = Int(exactly: cause).flatMap(AddressBook.Ban.Cause.init) else {
                throw .outOfRange(field: 1)
            }
            guard duration >= 0 else { throw .outOfRange(field: 3) }
            return AddressBook.Ban(
                id: id,
                cause: cause,
                bannedAt: Instant(nanoseconds: bannedAt),
                duration: .nanoseconds(duration),
                record: record
            )
        } catch {
            throw .protobuf(error)
        }
    }

    /// The fields of a message `Entry`, read but not yet understood.
    private struct Fields {
        var ip = (high: UInt64(0), low: UInt64(0))
        var port: UInt64 = 0
        var sourceID: NodeID?
        var sourceIP = (high: UInt64(0), low: UInt64(0))
        var sourcePort: UInt64 = 0
        var attempts: UInt64 = 0
        var lastAttempt: Int64 = 0
        var lastSuccess: Int64 = 0
        var dialFailures: UInt64 = 0
        var dialWait: Int64 = 0
        var buckets: UInt64 = 0

        init(_ span: Span<UInt8>) throws(ProtobufError) {
            var offset = 0
            while let field = try span.protobufField(at: &offset) {
                switch field.number {
                case 1: ip.high = try field.varint()
                case 2: ip.low = try field.varint()
                case 3: port = try field.varint()
                case 4: sourceID = NodeID(span.copy(try field.range()))
                case 5: sourceIP.high = try field.varint()
                case 6: sourceIP.low = try field.varint()
                case 7: sourcePort = try field.varint()
                case 8: attempts = try field.varint()
                case 9: lastAttempt = Int64(bitPattern: try field.varint())
                case 10: lastSuccess = Int64(bitPattern: try field.varint())
                case 11: dialFailures = try field.varint()
                case 12: dialWait = Int64(bitPattern: try field.varint())
                case 13: buckets = try field.varint()
                default: break
                }
            }
        }

        func record(of id: NodeID) throws(ProtobufError) -> BookRecord {
            guard let port = UInt16(exactly: port) else { throw .outOfRange(field: 3) }
            guard let sourceID else { throw .missing(field: 4) }
            guard let sourcePort = UInt16(exactly: sourcePort) else { throw .outOfRange(field: 7) }
            guard let attempts = Int32(exactly: attempts) else { throw .outOfRange(field: 8) }
            guard dialFailures <= UInt64(AddressBook.dialLimit) + 1 else {
                throw .outOfRange(field: 11)
            }
            let longestWait = AddressBook.dialWait(failureCount: AddressBook.dialLimit)
            let wait = Duration.nanoseconds(dialWait)
            guard wait >= .zero, wait <= longestWait + .seconds(1) else {
                throw .outOfRange(field: 12)
            }
            var record = BookRecord(
                address: PeerAddress(
                    id: id,
                    socket: SocketAddress(ip: IPAddress(high: ip.high, low: ip.low), port: port)
                ),
                source: PeerAddress(
                    id: sourceID,
                    socket: SocketAddress(
                        ip: IPAddress(high: sourceIP.high, low: sourceIP.low),
                        port: sourcePort
                    )
                ),
                lastAttemptAt: Instant(nanoseconds: lastAttempt)
            )
            record.attemptCount = Int(attempts)
            record.lastSuccessAt = lastSuccess == 0 ? nil : Instant(nanoseconds: lastSuccess)
            record.dialFailureCount = Int(dialFailures)
            record.dialWait = wait
            return record
        }

        /// One to four new buckets or one old one, each once.
        func numbers() throws(ProtobufError) -> [Int] {
            let numbers = Memberships.unpacked(buckets)
            let isOld = numbers.contains { Shelves.tier(ofBucket: $0) == .old }
            let limit = isOld ? 1 : Shelves.bucketsPerEntryLimit
            guard (1...limit).contains(numbers.count), Set(numbers).count == numbers.count,
                numbers.allSatisfy({ (0..<Shelves.bucketCount).contains($0) })
            else { throw .outOfRange(field: 13) }
            return numbers
        }
    }
}
