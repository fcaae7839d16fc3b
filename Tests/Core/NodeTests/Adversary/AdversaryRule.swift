import Testing
import WarrenChain
import WarrenObservation
import WarrenPrimitives

/// The rules of the chain, by who breaks them; the table of what that costs is ``reason``.
enum AdversaryRule: String, CaseIterable, CustomTestStringConvertible, Sendable {
    /// Breaks none.
    case honest

    // Headers.
    case wrongSignature
    /// Signed by one who is no producer.
    case stranger
    /// Signed by a producer who does not lead the slot.
    case wrongLeader
    case futureSlot
    /// No later than the slot of the block before.
    case wrongSlot
    case wrongHeight
    case wrongParent
    /// Announces a longer body than blocks may have.
    case hugeBody
    /// Goes back further than any chain does, to begin another.
    case deepFork
    /// Goes back and forth for ever.
    case restlessFork
    /// Makes ever more blocks for one slot.
    case equivocation

    // Bodies.
    case otherBody
    case longBody
    /// The body that its header names, with one transaction twice.
    case repetitiveBody
    /// Shows the header, and says that there is no body.
    case withheldBody
    /// Shows the header, and does not answer when its body is asked for.
    case silentBody
    /// Gives one body after the other, but slowly; that is against no rule.
    case slowBody

    // Transactions.
    /// Asks for more than may be open.
    case requestFlood
    /// Offers more than it was asked for.
    case idFlood
    /// Sends more than it was asked for.
    case transactionFlood
    case otherTransaction
    /// Offers, and does not give.
    case silentOwner

    // Any protocol.
    /// Never answers.
    case silence
    /// Answers what was not asked.
    case unasked
    case headerGarbage
    case bodyGarbage
    case transactionGarbage

    /// Why the connection of whoever breaks it ends.
    var reason: CloseReason? {
        switch self {
        case .honest, .slowBody: nil
        case .wrongSignature: .badBlockSignature
        case .stranger, .wrongLeader: .wrongLeader
        case .futureSlot: .futureSlot
        case .wrongSlot, .wrongHeight, .wrongParent, .hugeBody: .badHeader
        case .deepFork: .forkTooDeep
        case .restlessFork: .forkFlood
        case .equivocation: .equivocationFlood
        case .otherBody: .bodyMismatch
        case .longBody: .bodyTooLarge
        case .repetitiveBody, .otherTransaction: .badTransaction
        case .withheldBody: .bodyMissing
        case .silentBody: .blocksTimeout
        case .requestFlood, .idFlood, .transactionFlood: .transactionFlood
        case .silentOwner: .transactionsTimeout
        case .silence: .chainTimeout
        case .unasked: .unsolicitedMessage
        case .headerGarbage, .bodyGarbage, .transactionGarbage: .badMessage
        }
    }

    static var broken: [AdversaryRule] { allCases.filter { $0.reason != nil } }

    /// It takes going back again and again to break it.
    var isRestless: Bool { self == .restlessFork || self == .equivocation }

    var testDescription: String { rawValue }

    /// It is broken by one who has transactions, and so uses the victim.
    var isOwners: Bool {
        switch self {
        case .idFlood, .transactionFlood, .otherTransaction, .silentOwner: true
        default: false
        }
    }

    /// It takes a header to break it.
    var isAboutBlocks: Bool {
        switch self {
        case .silence, .unasked, .headerGarbage, .transactionGarbage, .requestFlood: false
        default: !isOwners
        }
    }

    /// The body that a header names.
    func body(number: Int) -> [UInt8] {
        let transaction = Transaction(.payload([5, UInt8(truncatingIfNeeded: number)]))
        return Body(self == .repetitiveBody ? [transaction, transaction] : [transaction]).encoding
    }
}
