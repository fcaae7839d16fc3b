import WarrenChain
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

// MARK: - Blocks of our own

extension ChainGossip {
    /// How many slots are looked at ahead for one that we lead.
    private static let outlook = 64

    /// Waits for the next slot that we lead, from the one behind that of `now` on: who starts in the
    /// middle of a slot may have made its block before.
    mutating func planSlot(now: Instant) {
        planSlot(from: settings.rules.slot(at: now).map { $0 + 1 } ?? 0)
    }

    private mutating func planSlot(from first: UInt64) {
        slotDue = nil
        guard let producer = settings.signer.flatMap({ Hash($0.publicKey) }),
            chain.leaders.knows(producer)
        else { return }
        let ahead = (first..<first + UInt64(Self.outlook))
            .first { chain.leaders.leads(producer, slot: $0) }
        let slot = ahead ?? first + UInt64(Self.outlook)
        slotDue = settings.rules.beginning(of: slot).map { SlotDue(slot: slot, at: $0) }
    }

    /// Makes the block of the slot that has begun, if it is ours and the one before is stored.
    ///
    /// A slot that went by while nobody woke us is lost.
    mutating func makeIfDue(_ turn: inout Turn) {
        guard let due = slotDue, due.at <= turn.now, let key = settings.signer,
            let slot = settings.rules.slot(at: turn.now)
        else { return }
        planSlot(from: slot + 1)
        guard made == nil,
            let block = chain.make(slot: slot, key: key, mempool: mempool, now: turn.now)
        else { return }
        let message = BodyMessage(body: block.body.encoding)
        let whole = Block(block, message: message.bytes, encoding: message.range)
        var update = ChainUpdate()
        chain.record(whole, into: &update)
        made = whole
        turn.note(
            .made(
                block.header.mark,
                bytes: block.body.encoding.count,
                transactions: block.body.transactions.map(\.id)
            )
        )
        turn.outbox.report(.record(update.changes))
    }

    /// The store has our block: it may be heard of.
    mutating func adoptMade(_ turn: inout Turn) {
        guard let block = made else { return }
        made = nil
        var update = ChainUpdate()
        chain.adopt(block, into: &update)
        absorb(update, &turn)
        renewWanted(&turn)
    }
}
