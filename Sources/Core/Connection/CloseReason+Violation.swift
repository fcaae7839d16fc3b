import WarrenHandshake
package import WarrenObservation
import WarrenPrimitives

extension CloseReason {
    /// What ended a connection, in the words of the whole node.
    package init(_ violation: Connection.Violation) {
        self =
            switch violation {
            case .handshake(let violation): .init(violation)
            case .handshakeTimeout: .handshakeTimeout
            case .wrongID, .misstatedID: .wrongID
            case .nodeInfoTooLong, .malformedNodeInfo, .badNodeInfo: .badNodeInfo
            case .ownID: .ownID
            case .incompatible(.blockProtocol(_, _)): .wrongBlockVersion
            case .incompatible(.network(_, _)): .wrongNetwork
            case .incompatible(.noCommonChannel): .noCommonChannel
            case .badPacket, .packetWithoutKind: .badPacket
            case .packetTooLong: .packetTooLong
            case .unknownChannel: .unknownChannel
            case .messageTooLong: .messageTooLong
            case .pongTimeout: .pongTimeout
            }
    }

    init(_ violation: WarrenHandshake.Violation) {
        self =
            switch violation {
            case .badEphemeralMessage: .badEphemeralKey
            case .lowOrderKey: .lowOrderKey
            case .reflectedKey: .reflectedKey
            case .frameTooLong: .frameTooLong
            case .forgedFrame: .forgedFrame
            case .emptyFrame: .emptyFrame
            case .badAuthenticationMessage: .badAuthMessage
            case .unsupportedKeyType: .unsupportedKeyType
            case .badSignature: .badSignature
            case .ownIdentity: .ownID
            case .nonceExhausted: .nonceExhausted
            }
    }
}
