import Foundation
import SwiftProtobuf
import Testing
import WarrenChain
import WarrenGossip
import WarrenPrimitives
import WarrenSupport

/// Our codec against SwiftProtobuf, with code generated from the schema.
///
/// To generate it anew: `protoc --swift_out=Tests/Core/GossipTests/Generated
/// -I Sources/Core/Gossip/Relaying transactions.proto`.
struct TransactionOracleTests {
    @Test(arguments: Seed.sweep())
    func `transaction messages are the same bytes, and mean the same, to both`(seed: Seed) throws {
        var random = seed.random
        for _ in 0..<50 {
            let message = TransactionMessage.sample(&random)
            let theirs: [UInt8] = try message.oracle.serializedBytes()
            #expect(theirs == message.bytes)
            #expect(try TransactionMessage(theirs) == message)
            #expect(
                try Warren_Transactions_V1_Message(serializedBytes: message.bytes)
                    == message.oracle
            )
        }
    }

    @Test func `what we read of mutated bytes, they read too`() {
        var random = Random(seed: 73)
        let samples = (0..<60).map { _ in TransactionMessage.sample(&random).bytes }
        var count = 0
        mutations(of: samples, seed: 3) { bytes in
            // With the numbers of groups we are less strict.
            guard !bytes.contains(where: { (3...4).contains($0 & 7) }),
                (try? TransactionMessage(bytes)) != nil
            else { return }
            count += 1
            #expect(throws: Never.self) {
                try Warren_Transactions_V1_Message(serializedBytes: bytes)
            }
        }
        #expect(count > 30)
    }
}

extension TransactionMessage {
    fileprivate static func sample(_ random: inout Random) -> TransactionMessage {
        let number = random.below(1 << 20)
        let several = (0..<random.below(12)).map { payload(number + $0, size: 4 + $0 * $0) }
        switch random.below(6) {
        case 0: return .initiate
        case 1:
            return .requestIDs(
                blocking: random.chance(1, in: 2),
                acknowledged: random.below(listLimit + 1),
                wanted: random.below(listLimit + 1)
            )
        case 2: return .ids(several.map(\.listing))
        case 3: return .requestTransactions([payload(number).id] + several.map(\.id))
        case 4: return .transactions(several.map(\.encoding))
        default: return .done
        }
    }

    fileprivate var oracle: Warren_Transactions_V1_Message {
        var message = Warren_Transactions_V1_Message()
        switch self {
        case .initiate: message.init_p = .init()
        case .requestIDs(let isBlocking, let acknowledged, let wanted):
            message.requestIds = .init()
            message.requestIds.blocking = isBlocking
            message.requestIds.acknowledged = UInt32(acknowledged)
            message.requestIds.wanted = UInt32(wanted)
        case .ids(let listings):
            message.ids = .init()
            message.ids.listings = listings.map { listing in
                var theirs = Warren_Transactions_V1_Listing()
                theirs.id = Data(listing.id.bytes)
                theirs.size = UInt32(listing.size)
                return theirs
            }
        case .requestTransactions(let ids):
            message.requestTransactions.ids = ids.map { Data($0.bytes) }
        case .transactions(let encodings):
            message.transactions = .init()
            message.transactions.transactions = encodings.map { Data($0) }
        case .done: message.done = .init()
        }
        return message
    }
}
