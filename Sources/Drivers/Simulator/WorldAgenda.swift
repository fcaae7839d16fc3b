import HeapModule
import WarrenPrimitives

/// What is going to happen, soonest first; what falls on one instant, in the order it was put here.
///
/// Happenings stand in an array with free places, so that the heap moves small entries only.
package struct WorldAgenda {
    private struct Entry: Comparable {
        var at: Int64
        var order: UInt64
        /// A place in `happenings`; below zero the alarm of host `-1 - place`.
        var place: Int32

        static func < (lhs: Entry, rhs: Entry) -> Bool {
            lhs.at != rhs.at ? lhs.at < rhs.at : lhs.order < rhs.order
        }
    }

    package enum Due {
        case alarm(host: Int)
        case happening(Happening)
    }

    private var heap = Heap<Entry>()
    private var happenings: [Happening] = []
    private var free: [Int32] = []
    private var order: UInt64 = 0

    package init() {}

    package var count: Int { heap.count }

    /// When the next thing happens.
    package var nextAt: Int64? { heap.min?.at }

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
        heap.insert(Entry(at: at, order: order, place: place))
    }

    package mutating func next() -> (at: Int64, Due)? {
        guard let entry = heap.popMin() else { return nil }
        guard entry.place >= 0 else { return (entry.at, .alarm(host: -1 - Int(entry.place))) }
        let place = Int(entry.place)
        var happening = Happening.nothing
        swap(&happening, &happenings[place])
        free.append(entry.place)
        return (entry.at, .happening(happening))
    }
}
