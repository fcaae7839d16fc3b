package import WarrenChain
import WarrenPrimitives

/// How many headers of one producer for one slot a peer has shown, nothing standing on them.
///
/// That a producer makes several blocks for one slot is its own doing, and whoever shows two of them
/// may be honest: the node itself follows the one with the lower hash. But a node takes, and shows, no
/// more than ``Blockchain/Limits/headersTakenPerSlot`` of them as the end of its chain. Who shows twice
/// as many has more to do with it than that.
///
/// Source: design §17.14 (the tie between equally long chains); the limits are ours.
package struct VariantTally: Hashable, Sendable {
    /// How many different headers one peer may show for one slot.
    package static let limit = 2 * Blockchain.Limits().headersTakenPerSlot
    /// How many slots are counted; the lowest goes first.
    package static let turnLimit = 32

    /// By slot and producer.
    private var rows: [Row] = []

    private struct Row: Hashable {
        var slot: UInt64
        var producer: Hash
        var ids: [Hash]

        func isBefore(_ header: Header) -> Bool {
            (slot, producer) < (header.slot, header.producer)
        }
    }

    package init() {}

    package var turnCount: Int { rows.count }

    /// Counts a header, unless it was counted before; false if it is one too many.
    package mutating func take(_ header: Header) -> Bool {
        let place = rows.firstIndex { !$0.isBefore(header) } ?? rows.count
        if place < rows.count, rows[place].slot == header.slot,
            rows[place].producer == header.producer
        {
            guard !rows[place].ids.contains(header.id) else { return true }
            guard rows[place].ids.count < Self.limit else { return false }
            rows[place].ids.append(header.id)
            return true
        }
        rows.insert(
            Row(slot: header.slot, producer: header.producer, ids: [header.id]),
            at: place
        )
        if rows.count > Self.turnLimit { rows.removeFirst() }
        return true
    }
}
