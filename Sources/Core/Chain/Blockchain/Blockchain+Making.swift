package import WarrenPrimitives

// MARK: - Blocks of our own

/// What is done with a block of our own: it is made, then recorded, and adopted only once the
/// store has it; before that nobody hears of it.
///
/// A producer that crashes in between finds it again at its start, and so never signs two blocks
/// for one slot. Source: design §17.9.
extension Blockchain {
    /// Makes a block for `slot`, with transactions in the order of their arrival.
    ///
    /// It stands on the tip, or beside it if the tip is another leader's block for the same slot.
    /// Nil if the key does not lead the slot, has a block for it, or if the chain is past it.
    package mutating func make(
        slot: UInt64,
        key: NodeKey,
        mempool: Mempool,
        now: Instant
    ) -> MadeBlock? {
        guard let producer = Hash(key.publicKey), leaders.leads(producer, slot: slot),
            turns[Turn(slot: slot, producer: producer)] == nil,
            lastMadeSlot.map({ $0 < slot }) ?? true,
            let base = base(for: slot)
        else { return nil }
        lastMadeSlot = slot
        let body = mempool.selection(byteLimit: rules.bodyByteLimit)
        let header = Header(
            Header.Content(
                height: base.height + 1,
                slot: slot,
                previous: base.id ?? rules.genesisID,
                body: body.id,
                bodySize: body.encoding.count,
                time: now
            ),
            by: key
        )
        return MadeBlock(header: header, body: body)
    }

    /// Writes a block of our own to the store, and nothing else; ``adopt(_:into:)`` follows when the
    /// batch is persisted.
    package func record(_ block: Block, into update: inout ChainUpdate) {
        guard let key = bodyKey(of: block.header.point) else { return }
        let row = ForkRow(header: block.header, registrations: block.body.registrations)
        update.changes.append(StoreChange(.body, key: key, value: block.body.encoding))
        update.changes.append(row.change)
    }

    /// Takes in a block of our own that the store has.
    ///
    /// It may come too late to be on the chain: then it is a fork, or gone if that would leave the
    /// chain below the anchor.
    package mutating func adopt(_ block: Block, into update: inout ChainUpdate) {
        let header = block.header
        let hasParent = header.previous == anchorID || nodes[header.previous] != nil
        if nodes[header.id] == nil, hasParent { insert(header, into: &update) }
        if take(block, hasRows: true, into: &update) == .unknownHeader {
            update.changes += ForkRow.removals(of: header)
        }
    }

    /// The block that one for `slot` stands on; nil if the chain is past the slot.
    private func base(for slot: UInt64) -> Point? {
        guard let last = tipHeader, last.slot >= slot else { return tip }
        guard last.slot == slot, chosen.count > 0 else { return nil }
        return nodes[last.previous]?.header.point ?? anchor
    }
}
