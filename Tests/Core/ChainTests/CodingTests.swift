import Foundation
import Testing
import WarrenChain
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

struct CodingTests {
    private let producer = key(1)

    @Test(arguments: Seed.sweep(50))
    func `what is written is read back, and is signed`(seed: Seed) throws {
        var random = seed.random
        let header = Header.sample(&random, by: producer)
        let read = try Header(header.encoding)
        #expect(read.encoding == header.encoding && read.id == header.id)
        #expect(
            read.height == header.height && read.slot == header.slot && read.time == header.time
                && read.previous == header.previous && read.producer == header.producer
                && read.body == header.body && read.bodySize == header.bodySize
        )
        #expect(read.isSigned)
        #expect(read.encoding.count <= Header.byteLimit)

        let transaction = Transaction.sample(&random)
        #expect(try Transaction(transaction.encoding).content == transaction.content)
        if case .registration(let registration) = transaction.content {
            #expect(registration.isSigned)
        }

        var transactions: [Transaction] = []
        for _ in 0..<random.below(9) {
            let next = Transaction.sample(&random)
            if !transactions.contains(next) { transactions.append(next) }
        }
        let body = Body(transactions)
        let again = try Body(body.encoding)
        #expect(again.id == body.id && again.transactions == transactions)
    }

    @Test(arguments: Seed.sweep(20))
    func `a header with any bit changed is another one, and not signed`(seed: Seed) {
        var random = seed.random
        let header = Header.sample(&random, by: producer)
        for _ in 0..<20 {
            var bytes = header.encoding
            bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
            guard let other = try? Header(bytes) else { continue }
            #expect(other.id != header.id)
            #expect(!other.isSigned)
        }
    }

    @Test func `the signature of a registration covers every field`() {
        var random = Random(seed: 3)
        let registration = RelayRegistration.sample(&random)
        let bytes = Transaction(.registration(registration)).encoding
        var survivors = 0
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            guard let other = try? Transaction(changed),
                case .registration(let read) = other.content
            else { continue }
            if read.isSigned { survivors += 1 }
        }
        #expect(survivors == 0)
    }

    @Test func `only one encoding of a thing is taken`() throws {
        var random = Random(seed: 4)
        let header = Header.sample(&random, by: producer)
        // A field that nobody knows, a field twice, and a default that is written out.
        for extra: [UInt8] in [[0x48, 1], [0x08, 1], [0x48, 0]] {
            #expect(throws: ChainCodingError.self) { try Header(header.encoding + extra) }
        }
        let transaction = Transaction(.payload([7]))
        // The length as a varint of two bytes.
        #expect(throws: ChainCodingError.notCanonical) {
            try Transaction([0x0A, 0x81, 0x00, 7])
        }
        #expect(throws: ChainCodingError.repeated(transaction.id)) {
            try Body(Body([transaction]).encoding + Body([transaction]).encoding)
        }
    }

    @Test func `limits hold to the byte`() throws {
        let longest = [UInt8](repeating: 5, count: Transaction.payloadByteLimit)
        let transaction = Transaction(.payload(longest))
        #expect(transaction.encoding.count <= Transaction.byteLimit)
        #expect(try Transaction(transaction.encoding) == transaction)
        var writer = ProtobufWriter()
        writer.bytes(1, longest + [5])
        #expect(throws: ChainCodingError.protobuf(.outOfRange(field: 1))) {
            try Transaction(writer.bytes)
        }
        let body = Body([transaction])
        #expect(try Body(body.encoding, limit: body.encoding.count) == body)
        #expect(throws: ChainCodingError.tooLong(body.encoding.count)) {
            try Body(body.encoding, limit: body.encoding.count - 1)
        }
        #expect(throws: ChainCodingError.tooLong(Header.byteLimit + 1)) {
            try Header([UInt8](repeating: 0, count: Header.byteLimit + 1))
        }
        let key = key(2)
        let point = (0...RelayRegistration.relayLimit).map { "r\($0).test" }
        let relays = point.map { Topology.AccessPoint(host: .name($0), port: 1) }
        let most = RelayRegistration(
            pledge: 1,
            serial: 1,
            relays: Array(relays.dropLast()),
            by: key
        )
        #expect(
            try Transaction(Transaction(.registration(most)).encoding).content
                == .registration(most)
        )
    }

    @Test func `strangers' bytes never crash a reader`() {
        var random = Random(seed: 5)
        let cases = ProcessInfo.processInfo.environment["WARREN_FUZZ"].flatMap { Int($0) } ?? 10_000
        let header = Header.sample(&random, by: producer).encoding
        let body = Body((0..<5).map { _ in Transaction.sample(&random) }).encoding
        for _ in 0..<cases {
            for whole in [header, body] {
                var bytes = whole
                for _ in 0...random.below(3) {
                    switch random.below(3) {
                    case 0: bytes[random.below(bytes.count)] = UInt8(random.below(256))
                    case 1 where bytes.count > 1: bytes.removeLast(random.below(bytes.count))
                    default: bytes.insert(UInt8(random.below(256)), at: random.below(bytes.count))
                    }
                }
                _ = try? Header(bytes)
                _ = try? Transaction(bytes)
                _ = try? Body(bytes)
            }
        }
    }
}
