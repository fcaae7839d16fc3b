import WarrenPrimitives

/// What is going to happen, soonest first; what falls on one instant, in the order it was put here.
///
/// Happenings stand in an array with free places, so that the heap moves small entries only. The
/// soonest are taken out of the heap some at a time and stand before it, in order: so whoever works
/// them off can see some way ahead.
package struct WorldAgenda {
    /// 16 bytes: what the heap costs is how much of it has to be fetched.
    private struct Entry {
        var at: Int64
        /// The order in which it was put here, 36 bits, then its place, 28: some hundred million
        /// things may wait at once, and a run of three days is not out of numbers.
        private var bits: UInt64

        private static let placeWidth: UInt64 = 28
        /// Makes the places of alarms, which are below zero, numbers of 28 bits.
        private static let placeOffset = 1 << 27

        init(at: Int64, order: UInt64, place: Int32) {
            precondition(order >> (64 - Self.placeWidth) == 0, "\(order) things were put here")
            precondition(abs(Int(place)) < Self.placeOffset, "\(place) things wait")
            self.at = at
            bits = order << Self.placeWidth | UInt64(Int(place) + Self.placeOffset)
        }

        /// A place in `happenings`; below zero the alarm of host `-1 - place`.
        var place: Int32 {
            Int32(Int(bits & (1 << Self.placeWidth - 1)) - Self.placeOffset)
        }

        func isBefore(_ other: Entry) -> Bool {
            at != other.at ? at < other.at : bits < other.bits
        }
    }

    package enum Due {
        case alarm(host: Int)
        case happening(Happening)
    }

    /// Each entry is before its four children, which stand side by side from `4 * place + 1` on: half
    /// as deep as with two, and they share a line of the processor's cache or two.
    private var heap: [Entry] = []
    /// Before everything in the heap, in order; those up to `passed` have happened.
    private var front: [Entry] = []
    private var passed = 0
    private var happenings: [Happening] = []
    private var free: [Int32] = []
    private var order: UInt64 = 0

    package init() {}

    package var count: Int { heap.count + front.count - passed }

    /// When the next thing happens.
    package var nextAt: Int64? { passed < front.count ? front[passed].at : heap.first?.at }

    /// How many are taken out of the heap at a time, and how many may stand before it at most, with
    /// those that were put between them since.
    private static let stride = 16
    private static let frontLimit = 64

    /// All that was seen ahead has happened.
    package var isFrontPassed: Bool { passed == front.count }

    /// Takes the next ones out of the heap, to be seen ahead.
    package mutating func moveFront() {
        guard isFrontPassed else { return }
        front.removeAll(keepingCapacity: true)
        passed = 0
        while front.count < Self.stride, let entry = popFirst() { front.append(entry) }
    }

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
        guard let last = front.last, passed < front.count, at < last.at else {
            return push(entry)
        }
        var hole = front.count
        while hole > passed, at < front[hole - 1].at { hole -= 1 }
        front.insert(entry, at: hole)
        if front.count - passed > Self.frontLimit { push(front.removeLast()) }
    }

    private mutating func push(_ entry: Entry) {
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
        moveFront()
        guard passed < front.count else { return nil }
        let entry = front[passed]
        passed += 1
        guard entry.place >= 0 else { return (entry.at, .alarm(host: -1 - Int(entry.place))) }
        let place = Int(entry.place)
        var happening = Happening.nothing
        swap(&happening, &happenings[place])
        free.append(entry.place)
        return (entry.at, .happening(happening))
    }
}

// MARK: - Seeing ahead

extension WorldAgenda {
    /// Whom something that comes soon is about.
    package enum Subject {
        case host(Int)
        case end(Int32)
        case nobody
    }

    /// How many of those to come can be seen.
    package var soonCount: Int { front.count - passed }

    /// Whom the one at a place among those to come is about; what it carries is looked at.
    package func subject(of place: Int, seen: inout Int) -> Subject {
        let entry = front[passed + place]
        guard entry.place >= 0 else { return .host(-1 - Int(entry.place)) }
        switch happenings[Int(entry.place)] {
        case .message(let end, _, let message):
            seen &+= message.count
            return .end(end.index)
        case .bytes(let end, _), .sent(let end, _, _),
            .written(let end, _), .step(let end, _), .ended(let end, _), .limit(let end):
            return .end(end.index)
        case .start(let host): return .host(host)
        case .persisted(let life, _), .loaded(let life, _, _), .resolved(let life, _, _, _),
            .stopLimit(let life):
            return .host(life.host)
        case .nothing, .fault, .healing, .submission, .survey: return .nobody
        }
    }
}
