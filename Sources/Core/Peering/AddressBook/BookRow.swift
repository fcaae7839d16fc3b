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
        var buckets: [UInt8] = []
        for number in memberships.numbers {
            buckets.append(UInt8(truncatingIfNeeded: number >> 8))
            buckets.append(UInt8(truncatingIfNeeded: number))
        }
        writer.bytes(11, buckets)
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
        writer.bytes(1, bytes(record.address.socket.ip))
        writer.varint(2, UInt64(record.address.socket.port))
        writer.bytes(3, record.source.id.bytes)
        writer.bytes(4, bytes(record.source.socket.ip))
        writer.varint(5, UInt64(record.source.socket.port))
        writer.varint(6, UInt64(record.attemptCount))
        writer.varint(7, UInt64(bitPattern: record.lastAttemptAt.nanoseconds))
        // An instant at the very epoch would read as never; it is written a nanosecond late.
        let success = record.lastSuccessAt.map { $0.nanoseconds == 0 ? 1 : $0.nanoseconds }
        writer.varint(8, UInt64(bitPattern: success ?? 0))
        writer.varint(9, UInt64(record.dialFailureCount))
        writer.varint(10, UInt64(bitPattern: record.dialWait.wholeNanoseconds))
    }

    private static func bytes(_ ip: IPAddress) -> [UInt8] {
        ip.high.bigEndianBytes + ip.low.bigEndianBytes
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
        var ip: IPAddress?
        var port: UInt64 = 0
        var sourceID: NodeID?
        var sourceIP: IPAddress?
        var sourcePort: UInt64 = 0
        var attempts: UInt64 = 0
        var lastAttempt: Int64 = 0
        var lastSuccess: Int64 = 0
        var dialFailures: UInt64 = 0
        var dialWait: Int64 = 0
        var buckets: [UInt8] = []

        init(_ span: Span<UInt8>) throws(ProtobufError) {
            var offset = 0
            while let field = try span.protobufField(at: &offset) {
                switch field.number {
                case 1: ip = Self.address(span.copy(try field.range()))
                case 2: port = try field.varint()
                case 3: sourceID = NodeID(span.copy(try field.range()))
                case 4: sourceIP = Self.address(span.copy(try field.range()))
                case 5: sourcePort = try field.varint()
                case 6: attempts = try field.varint()
                case 7: lastAttempt = Int64(bitPattern: try field.varint())
                case 8: lastSuccess = Int64(bitPattern: try field.varint())
                case 9: dialFailures = try field.varint()
                case 10: dialWait = Int64(bitPattern: try field.varint())
                case 11: buckets = span.copy(try field.range())
                default: break
                }
            }
        }

        private static func address(_ bytes: [UInt8]) -> IPAddress? {
            guard bytes.count == 16 else { return nil }
            func half(_ bytes: ArraySlice<UInt8>) -> UInt64 {
                bytes.reduce(0) { $0 << 8 | UInt64($1) }
            }
            return IPAddress(high: half(bytes[..<8]), low: half(bytes[8...]))
        }

        func record(of id: NodeID) throws(ProtobufError) -> BookRecord {
            guard let ip else { throw .missing(field: 1) }
            guard let port = UInt16(exactly: port) else { throw .outOfRange(field: 2) }
            guard let sourceID else { throw .missing(field: 3) }
            guard let sourceIP else { throw .missing(field: 4) }
            guard let sourcePort = UInt16(exactly: sourcePort) else { throw .outOfRange(field: 5) }
            guard let attempts = Int32(exactly: attempts) else { throw .outOfRange(field: 6) }
            guard dialFailures <= UInt64(AddressBook.dialLimit) + 1 else {
                throw .outOfRange(field: 9)
            }
            let longestWait = AddressBook.dialWait(failureCount: AddressBook.dialLimit)
            let wait = Duration.nanoseconds(dialWait)
            guard wait >= .zero, wait <= longestWait + .seconds(1) else {
                throw .outOfRange(field: 10)
            }
            var record = BookRecord(
                address: PeerAddress(id: id, socket: SocketAddress(ip: ip, port: port)),
                source: PeerAddress(
                    id: sourceID,
                    socket: SocketAddress(ip: sourceIP, port: sourcePort)
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
            var numbers: [Int] = []
            for index in stride(from: 0, to: buckets.count - 1, by: 2) {
                numbers.append(Int(buckets[index]) << 8 | Int(buckets[index + 1]))
            }
            let isOld = numbers.contains { Shelves.tier(ofBucket: $0) == .old }
            let limit = isOld ? 1 : Shelves.bucketsPerEntryLimit
            guard buckets.count.isMultiple(of: 2), (1...limit).contains(numbers.count),
                Set(numbers).count == numbers.count,
                numbers.allSatisfy({ $0 < Shelves.newBucketCount + Shelves.oldBucketCount })
            else { throw .outOfRange(field: 11) }
            return numbers
        }
    }
}
