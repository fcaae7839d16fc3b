import Foundation
import SwiftProtobuf
import Testing
import WarrenChain
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Our encodings against SwiftProtobuf, with code generated from `chain.proto`.
///
/// To generate it anew: `protoc --swift_out=Tests/Core/ChainTests/Generated -I Sources/Core/Chain
/// chain.proto`.
struct OracleTests {
    @Test(arguments: Seed.sweep())
    func `both write the same bytes, and SwiftProtobuf reads what we meant`(seed: Seed) throws {
        var random = seed.random
        let header = Header.sample(&random, by: key(1))
        let readHeader = try Warren_Chain_V1_Header(serializedBytes: header.encoding)
        #expect(readHeader.height == header.height && readHeader.slot == header.slot)
        #expect(Array(readHeader.previous) == header.previous.bytes)
        #expect(Array(readHeader.producer) == header.producer.bytes)
        #expect(Array(readHeader.body) == header.body.bytes)
        #expect(readHeader.bodySize == UInt64(header.bodySize))
        #expect(readHeader.time == UInt64(header.time.nanoseconds))
        #expect(try readHeader.serializedBytes() as [UInt8] == header.encoding)

        let body = Body(Array(Set((0..<6).map { _ in Transaction.sample(&random) })))
        let readBody = try Warren_Chain_V1_Body(serializedBytes: body.encoding)
        #expect(try readBody.serializedBytes() as [UInt8] == body.encoding)
        #expect(readBody.transactions.count == body.transactions.count)
        for (read, transaction) in zip(readBody.transactions, body.transactions) {
            switch transaction.content {
            case .payload(let bytes): #expect(Array(read.payload) == bytes)
            case .registration(let registration):
                let other = read.registration
                #expect(Array(other.pool) == registration.pool.bytes)
                #expect(other.pledge == registration.pledge)
                #expect(other.serial == registration.serial)
                #expect(Array(other.signature) == registration.signature)
                #expect(
                    other.relays.map(\.port) == registration.relays.map { UInt32($0.port ?? 0) }
                )
                #expect(
                    other.relays.map { Array($0.id) }
                        == registration.relays.map { $0.id?.bytes ?? [] }
                )
            }
        }
    }

    @Test func `what we take SwiftProtobuf takes, and writes in the same bytes`() throws {
        var random = Random(seed: 21)
        let headers = (0..<10).map { _ in Header.sample(&random, by: key(1)).encoding }
        mutations(of: headers, seed: 1) { bytes in
            guard let ours = try? Header(bytes) else { return }
            let theirs = try? Warren_Chain_V1_Header(serializedBytes: bytes)
            #expect(theirs?.height == ours.height)
            let again: [UInt8]? = try? theirs?.serializedBytes()
            #expect(again == bytes)
        }
        let transactions = (0..<20).map { _ in Transaction.sample(&random).encoding }
        mutations(of: transactions, seed: 2) { bytes in
            guard (try? Transaction(bytes)) != nil else { return }
            let theirs = try? Warren_Chain_V1_Transaction(serializedBytes: bytes)
            let again: [UInt8]? = try? theirs?.serializedBytes()
            #expect(again == bytes)
        }
    }
}
