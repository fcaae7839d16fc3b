package import WarrenPrimitives

/// What is wrong with the rows that a chain should start from.
package enum StoreFlaw: Error, Hashable, Sendable {
    /// A row that does not hold what its space and key promise.
    case badRow(StoreSpace, key: [UInt8])
    /// The header at this height does not stand on the one below it.
    case brokenChain(height: UInt64)
    /// The first block stands on another genesis than ours.
    case otherGenesis(Hash, expected: Hash)
}

extension StoreFlaw: CustomStringConvertible {
    package var description: String {
        switch self {
        case .badRow(let space, let key):
            "the store's row \(Hex.text(key)) in '\(space.rawValue)' is damaged: restore the store, "
                + "or remove it to sync anew"
        case .brokenChain(let height):
            "the store's header at height \(height) does not stand on the one below it: restore "
                + "the store, or remove it to sync anew"
        case .otherGenesis(let found, let expected):
            "the store's chain begins at genesis \(found.short), the node's is \(expected.short): "
                + "give the node the store of its own network"
        }
    }
}
