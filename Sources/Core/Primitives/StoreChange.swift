/// One row to be written to, or removed from, a node's store.
///
/// Batches of changes apply in order, each in one transaction. What a row holds is the business of
/// the machine that wrote it; the store keeps bytes. Source: design §17.9.
package struct StoreChange: Hashable, Sendable {
    package var space: StoreSpace
    package var key: [UInt8]
    /// Nil removes the row.
    package var value: [UInt8]?

    package init(_ space: StoreSpace, key: [UInt8], value: [UInt8]?) {
        self.space = space
        self.key = key
        self.value = value
    }
}

/// Whose rows: each space is a table of its own.
package enum StoreSpace: String, Hashable, Sendable, CaseIterable {
    /// Address-book entries, by node id.
    case book
    /// Bans, by node id.
    case ban
    /// The address book's hash key and the like, by name.
    case meta
    /// Node ids learnt for access points that name none (design §5), by `host:port`.
    case pin
    /// The headers of the node's chain, by height (8 bytes, big-endian).
    case header
    /// Bodies of blocks, by slot (8 bytes, big-endian) and block id.
    case body
    /// What the ledger registered, by pool.
    case ledger
    /// Two headers of one producer for one slot, by slot and producer.
    case evidence

    /// True for what a node reads whole at its start; the rest is read by ranges.
    package var isResident: Bool {
        switch self {
        case .book, .ban, .meta, .pin, .ledger, .evidence: true
        case .header, .body: false
        }
    }
}
