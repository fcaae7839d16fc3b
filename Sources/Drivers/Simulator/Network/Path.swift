import WarrenHandshake
package import WarrenPrimitives

/// The reckoning that a node's own links have too.
package typealias Path = LinkPath

extension LinkPath {
    /// How many bytes a message takes on the wire: in packets, sealed in whole frames.
    ///
    /// Source: C§2.6, C§4.4; a packet has 12 bytes around its payload at most.
    package static func wireSize(of message: Int, payloadLimit: Int) -> Int {
        let pieces = max(1, (message + payloadLimit - 1) / payloadLimit)
        return SecretConnection.sealedByteCount(of: message + 12 * pieces)
    }
}
