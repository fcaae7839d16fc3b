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
}
