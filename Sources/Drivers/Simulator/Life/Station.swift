import WarrenNode
package import WarrenPrimitives

/// What the world keeps of a host besides its node.
struct Station {
    enum Power: UInt8 {
        case off
        /// Its sockets do not listen yet, or do not any more.
        case starting
        case on
        case stopping
    }

    var power = Power.off
    /// Counts its lives; what was meant for another one is void.
    var life: UInt32 = 0
    var acceptedCount: UInt64 = 0
    /// How many faults hold it down, and how many hold it still.
    var downCount = 0
    var pauseCount = 0
    /// It is to start again as soon as it has stopped.
    var startsAgain = false
    /// How far its clock is off, in nanoseconds, and the last instant that it showed.
    var offset: Int64
    var shownAt = Int64.min
    /// When the agenda wakes it next; `Int64.max`: never.
    var alarmAt = Int64.max
    /// Accepting slows down: no socket is admitted before then.
    var gateOpensAt: Int64 = 0
    /// What has happened to it while it was held still.
    var inbox: [Happening] = []

    var isUp: Bool { power != .off }
    var listens: Bool { power == .on }

    /// How many happenings wait for a host that is held still; more are lost, as from a full
    /// socket buffer.
    static let inboxLimit = 65_536
}

/// What a node wrote, and what of it would survive a crash.
package struct Vault {
    private struct Key: Hashable, Comparable {
        var space: Int
        var bytes: [UInt8]

        static func < (lhs: Key, rhs: Key) -> Bool {
            lhs.space != rhs.space
                ? lhs.space < rhs.space : lhs.bytes.lexicographicallyPrecedes(rhs.bytes)
        }
    }

    private var rows: [Key: StoreChange] = [:]
    private var pending: [(batch: UInt64, changes: [StoreChange])] = []

    package init() {}

    /// The rows of every space, in key order.
    package var all: [StoreChange] { rows.sorted { $0.key < $1.key }.map(\.value) }

    package mutating func write(_ batch: UInt64, _ changes: [StoreChange]) {
        pending.append((batch, changes))
    }

    /// Everything up to `batch` is on the disk.
    package mutating func acknowledge(_ batch: UInt64) {
        while let first = pending.first, first.batch <= batch {
            apply(first.changes)
            pending.removeFirst()
        }
    }

    /// Keeps a drawn number of the batches that nobody acknowledged, the older ones.
    package mutating func crash(_ random: inout Random) {
        let count = pending.isEmpty ? 0 : random.below(pending.count + 1)
        for batch in pending.prefix(count) { apply(batch.changes) }
        pending.removeAll()
    }

    /// A clean end: all of it is written.
    package mutating func close() {
        for batch in pending { apply(batch.changes) }
        pending.removeAll()
    }

    private mutating func apply(_ changes: [StoreChange]) {
        for change in changes {
            let space = StoreSpace.allCases.firstIndex(of: change.space) ?? 0
            let key = Key(space: space, bytes: change.key)
            rows[key] = change.value == nil ? nil : change
        }
    }
}
