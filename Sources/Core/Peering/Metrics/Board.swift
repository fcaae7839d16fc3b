import WarrenPrimitives

extension PeerMetrics {
    /// Who was first with something, for the latest slots.
    ///
    /// Source: O§5.1.
    struct Board: Hashable, Sendable {
        struct Entry: Hashable, Sendable {
            var slot: UInt64
            var peer: NodeID
            var at: Instant
            var bytes: Int
        }

        /// An entry that was won or lost.
        struct Change: Hashable, Sendable {
            var entry: Entry
            var isGain: Bool
        }

        /// By slot, oldest first.
        private(set) var entries: [Entry] = []

        var oldest: UInt64? { entries.first?.slot }

        /// Takes a report; the earlier of two about one slot counts, the oldest slot too many goes.
        mutating func enter(_ entry: Entry) -> [Change] {
            let place = place(of: entry.slot)
            if place < entries.count, entries[place].slot == entry.slot {
                let holder = entries[place]
                guard entry.at < holder.at else { return [] }
                entries[place] = entry
                return [Change(entry: holder, isGain: false), Change(entry: entry, isGain: true)]
            }
            guard entries.count >= PeerMetrics.slotLimit else {
                entries.insert(entry, at: place)
                return [Change(entry: entry, isGain: true)]
            }
            // It would itself be the oldest.
            guard place > 0 else { return [] }
            entries.insert(entry, at: place)
            let dropped = entries.removeFirst()
            return [Change(entry: dropped, isGain: false), Change(entry: entry, isGain: true)]
        }

        /// The place of the first entry that is not before `slot`.
        private func place(of slot: UInt64) -> Int {
            var low = 0
            var high = entries.count
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].slot < slot { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }
}
