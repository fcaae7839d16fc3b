package import WarrenPrimitives

/// What one step of a chain brought about: lent by the caller, appended to.
package struct ChainUpdate: Hashable, Sendable {
    /// In the order in which it happened.
    package var events: [ChainEvent] = []
    /// One batch: all of it or nothing may reach the store.
    package var changes: [StoreChange] = []

    package init() {}
}

/// What others want to know of a chain.
package enum ChainEvent: Hashable, Sendable {
    /// Blocks were left behind, the last first; the first of the new ones stands on `to`.
    case rolledBack(to: Point, [ChainStep])
    /// The block is the tip now.
    case adopted(ChainStep)
    /// Followers are shown the chain up to here now; after all that was rolled back and adopted.
    case shown(Point)
    /// One producer signed two blocks for one slot; said once.
    case equivocation(Equivocation)
}

/// A block that came to the chain or left it.
package struct ChainStep: Hashable, Sendable {
    package var header: Header
    /// Nil when it is only in the store, under ``bodyKey(of:)``.
    package var body: Body?

    package init(header: Header, body: Body?) {
        self.header = header
        self.body = body
    }
}

/// Two headers by one producer for one slot.
package struct Equivocation: Hashable, Sendable {
    package var first: Header
    package var second: Header

    package init(first: Header, second: Header) {
        self.first = first
        self.second = second
    }

    package var producer: Hash { first.producer }
    package var slot: UInt64 { first.slot }
}
