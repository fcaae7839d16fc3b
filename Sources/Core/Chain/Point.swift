package import WarrenObservation
package import WarrenPrimitives

/// A place on a chain: a block, or the origin before the first; the end of a chain is its tip.
///
/// It names the height besides slot and id, so that a server finds it in its store without an index.
/// Source: O§8.5.
package enum Point: Hashable, Sendable {
    case origin
    case block(height: UInt64, slot: UInt64, Hash)

    /// How many blocks there are up to and with this one; 0 at the origin.
    package var height: UInt64 {
        switch self {
        case .origin: 0
        case .block(let height, _, _): height
        }
    }

    /// Nil at the origin, which is before every slot.
    package var slot: UInt64? {
        switch self {
        case .origin: nil
        case .block(_, let slot, _): slot
        }
    }

    /// Nil at the origin.
    package var id: Hash? {
        switch self {
        case .origin: nil
        case .block(_, _, let id): id
        }
    }

    /// The same place in the words of events; the origin is the genesis at height 0.
    package func mark(genesis: Hash) -> BlockMark {
        switch self {
        case .origin: BlockMark(height: 0, slot: 0, hash: genesis)
        case .block(let height, let slot, let id):
            BlockMark(height: height, slot: slot, hash: id)
        }
    }
}

extension Header {
    package var point: Point { .block(height: height, slot: slot, id) }
    package var mark: BlockMark { BlockMark(height: height, slot: slot, hash: id) }
}
