import WarrenObservation

extension CloseReason {
    /// True when a failed dial says something about the address that was dialed.
    var blamesAddress: Bool {
        switch self {
        case .connectRefused, .connectTimeout, .unreachable, .handshakeTimeout, .resetByPeer,
            .closedByPeer, .inputOutputError:
            true
        case .stopping, .demoted, .banned, .duplicateConnection, .duplicateIP, .inboundLimit,
            .outboundLimit, .lostSimultaneousDial, .notWanted, .seedAnswered, .seedIdle,
            .reactorStopped, .nameNotResolved, .badEphemeralKey, .lowOrderKey, .reflectedKey,
            .forgedFrame, .frameTooLong, .emptyFrame, .badAuthMessage, .unsupportedKeyType,
            .badSignature, .wrongID, .ownID, .badNodeInfo, .wrongNetwork, .wrongBlockVersion,
            .noCommonChannel, .nonceExhausted, .badPacket, .packetTooLong, .unknownChannel,
            .messageTooLong, .pongTimeout, .badMessage, .unsolicitedMessage, .requestTooSoon,
            .helloTimeout, .helloMissing, .keepAliveTimeout, .useTimeout, .badHeader,
            .badBlockSignature, .wrongLeader, .futureSlot, .forkTooDeep, .forkFlood,
            .equivocationFlood, .bodyMismatch, .bodyTooLarge, .badTransaction, .bodyMissing,
            .chainTimeout, .blocksTimeout, .transactionsTimeout,
            .transactionFlood:
            false
        }
    }
}
