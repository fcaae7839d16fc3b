import WarrenPrimitives

/// What is going to happen, soonest first; what falls on one instant, in the order it was put here.
///
/// Happenings stand in an array with free places, so that the heap moves small entries only.
package struct WorldAgenda {
    private struct Entry {
        var at: Int64
        var order: UInt64
        /// A place in `happenings`; below zero the alarm of host `-1 - place`.
        var place: Int32

        func isBefore(_ other: Entry) -> Bool {
            at != other.at ? at < other.at : order < other.order
        }
    }

    package enum Due {
        case alarm(host: Int)
        case happening(Happening)
    }

    /// Each entry is before its four children, which stand side by side from `4 * place + 1` on: half
    /// as deep as with two, and they share a line of the processor's cache or two.
    private var heap: [Entry] = []
    private var happenings: [Happening] = []
    private var free: [Int32] = []
    private var order: UInt64 = 0

    package init() {}

    package var count: Int { heap.count }

    /// When the next thing happens.
    package var nextAt: Int64? { heap.first?.at }

    package mutating func add(_ happening: Happening, at: Int64) {
        let place: Int32
        if let known = free.popLast() {
            place = known
            happenings[Int(place)] = happening
        } else {
            place = Int32(happenings.count)
            happenings.append(happening)
        }
        insert(place, at: at)
    }

    package mutating func addAlarm(host: Int, at: Int64) { insert(Int32(-1 - host), at: at) }

    private mutating func insert(_ place: Int32, at: Int64) {
        order += 1
        let entry = Entry(at: at, order: order, place: place)
        var hole = heap.count
        heap.append(entry)
        while hole > 0 {
            let parent = (hole - 1) / 4
            guard entry.isBefore(heap[parent]) else { break }
            heap[hole] = heap[parent]
            hole = parent
        }
        heap[hole] = entry
    }

    private mutating func popFirst() -> Entry? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        var hole = 0
        while true {
            var least = 4 * hole + 1
            guard least < heap.count else { break }
            for child in least + 1..<max(least + 1, min(least + 4, heap.count))
            where heap[child].isBefore(heap[least]) { least = child }
            guard heap[least].isBefore(last) else { break }
            heap[hole] = heap[least]
            hole = least
        }
        heap[hole] = last
        return first
    }

    package mutating func next() -> (at: Int64, Due)? {
        guard let entry = popFirst() else { return nil }
        guard entry.place >= 0 else { return (entry.at, .alarm(host: -1 - Int(entry.place))) }
        let place = Int(entry.place)
        var happening = Happening.nothing
        swap(&happening, &happenings[place])
        free.append(entry.place)
        return (entry.at, .happening(happening))
    }
}
