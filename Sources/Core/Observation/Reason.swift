/// Why a connection ended, or was never made.
///
/// One closed list for the whole node: it labels metrics, fills the `reason` of transitions and is
/// what tests compare. Details (lengths, addresses) belong to the machine's own error.
public enum CloseReason: String, Error, Hashable, Sendable, Codable, CaseIterable {
    // Ours to decide.
    case stopping
    case demoted
    case banned
    case duplicateConnection
    case duplicateIP
    case inboundLimit
    case outboundLimit
    case lostSimultaneousDial
    case notWanted
    case seedAnswered
    case seedIdle
    case reactorStopped

    // The world's doing.
    case connectRefused
    case connectTimeout
    case unreachable
    case resetByPeer
    case closedByPeer
    case inputOutputError
    case nameNotResolved

    // Handshake (C§2, C§3).
    case handshakeTimeout
    case badEphemeralKey
    case lowOrderKey
    case reflectedKey
    case forgedFrame
    case frameTooLong
    case emptyFrame
    case badAuthMessage
    case unsupportedKeyType
    case badSignature
    case wrongID
    case ownID
    case badNodeInfo
    case wrongNetwork
    case wrongBlockVersion
    case noCommonChannel
    case nonceExhausted

    // Packets (C§4.7).
    case badPacket
    case packetTooLong
    case unknownChannel
    case messageTooLong
    case pongTimeout

    // Protocols.
    case badMessage
    case unsolicitedMessage
    case requestTooSoon
    case helloTimeout
    case helloMissing
    case keepAliveTimeout
    case useTimeout

    // The chain, its blocks and transactions.
    /// A header that does not fit the one before it: height, slot or size.
    case badHeader
    case badBlockSignature
    /// The producer does not lead the slot.
    case wrongLeader
    /// The slot lies further ahead than clocks may differ.
    case futureSlot
    /// The fork leaves our chain further back than a node may roll back.
    case forkTooDeep
    /// The peer goes back again and again, and its chain gets no longer.
    case forkFlood
    /// Ever more headers of one producer for one slot: the producer's doing, and the peer's who shows
    /// them all.
    case equivocationFlood
    /// The body is not the one that the header names.
    case bodyMismatch
    case bodyTooLarge
    case badTransaction
    /// A block was announced and its body withheld.
    case bodyMissing
    /// A reply on 0x71, 0x72 or 0x73 that never came.
    case chainTimeout
    case blocksTimeout
    case transactionsTimeout
    /// More transactions than were asked for, or than may be open.
    case transactionFlood

    /// True when only the peer's own misconduct explains it.
    package var isViolation: Bool {
        switch self {
        case .badEphemeralKey, .lowOrderKey, .reflectedKey, .forgedFrame, .frameTooLong,
            .emptyFrame, .badAuthMessage, .unsupportedKeyType, .badSignature, .badNodeInfo,
            .badPacket, .packetTooLong, .unknownChannel, .messageTooLong, .badMessage,
            .unsolicitedMessage, .requestTooSoon, .helloMissing, .badHeader, .badBlockSignature,
            .wrongLeader, .futureSlot, .forkFlood, .equivocationFlood, .bodyMismatch,
            .bodyTooLarge, .badTransaction,
            .transactionFlood:
            true
        case .stopping, .demoted, .banned, .duplicateConnection, .duplicateIP, .inboundLimit,
            .outboundLimit, .lostSimultaneousDial, .notWanted, .seedAnswered, .seedIdle,
            .reactorStopped, .connectRefused, .connectTimeout, .unreachable, .resetByPeer,
            .closedByPeer, .inputOutputError, .nameNotResolved, .handshakeTimeout, .wrongID, .ownID,
            .wrongNetwork, .wrongBlockVersion, .noCommonChannel, .nonceExhausted, .pongTimeout,
            .helloTimeout, .keepAliveTimeout, .useTimeout, .forkTooDeep, .bodyMissing,
            .chainTimeout,
            .blocksTimeout, .transactionsTimeout:
            false
        }
    }
}

/// Why a peer changed its temperature.
package enum Reason: Hashable, Sendable {
    /// It entered the known set from the transition's `source`.
    case learnt
    /// Known above target, or failed too often.
    case forgotten
    case failedTooOften
    /// A local root below its group's valency.
    case belowValency(group: Int)
    case aboveValency(group: Int)
    /// Established or active below or above the node's target.
    case belowTarget(Target, Int)
    case aboveTarget(Target, Int)
    /// The static topology asks for it.
    case configured
    case noLongerConfigured
    /// The connection ended, or could not be made.
    case closed(CloseReason)
    /// A hot protocol ended by itself.
    case protocolEnded
    /// Two handles turned out to be one node (design §17.1).
    case merged
    case banned
    case stopping

    package enum Target: String, Hashable, Sendable, Codable, CaseIterable {
        case known, established, active
        case knownBigLedger, establishedBigLedger, activeBigLedger
    }
}
