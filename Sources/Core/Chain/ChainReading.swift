import WarrenPrimitives

/// What those who serve a chain ask of it.
///
/// A chain's last blocks are in memory, those above the anchor; the others are in the store: headers
/// by height, bodies by slot and id.
package protocol ChainReading {
    /// The last block whose body is here and that the node has chosen.
    var tip: Point { get }

    /// The last header that followers are shown: the tip, or one header on top of it whose body is
    /// still on its way, so that it costs a hop no wait.
    var shown: Point { get }

    /// The last block that cannot be rolled back any more; everything above it is in memory.
    var anchor: Point { get }

    /// The header of that height, if it lies above the anchor and not above ``shown``.
    func header(at height: UInt64) -> Header?

    /// Whether the point is on the chain up to ``shown``; nil if it lies below the anchor, where
    /// only the store knows.
    func contains(_ point: Point) -> Bool?

    /// Where the body of a block is.
    func body(of point: Point) -> BodyPlace
}

/// Where a node has the body of a block.
package enum BodyPlace: Hashable, Sendable {
    /// Here, as the whole message in which it goes out on channel 0x72.
    case held(message: [UInt8])
    /// In the store, under ``bodyKey(of:)``.
    case stored
    /// The header is shown and the body on its way here.
    case awaited
    case unknown
}

/// The key of a block's body in ``StoreSpace/body``; nil at the origin.
package func bodyKey(of point: Point) -> [UInt8]? {
    switch point {
    case .origin: nil
    case .block(_, let slot, let id): slot.bigEndianBytes + id.bytes
    }
}

/// The key of a header in ``StoreSpace/header``.
package func headerKey(at height: UInt64) -> [UInt8] { height.bigEndianBytes }
