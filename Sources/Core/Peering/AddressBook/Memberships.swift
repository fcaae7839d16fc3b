/// The up to four buckets that an entry stands in, and its place in each.
///
/// Four named fields, so that an entry needs no memory of its own for them.
struct Memberships: Sendable {
    private(set) var count = 0
    private var first = Membership()
    private var second = Membership()
    private var third = Membership()
    private var fourth = Membership()

    private struct Membership: Sendable {
        var bucket: UInt16 = 0
        var place: UInt8 = 0
    }

    private subscript(_ position: Int) -> Membership {
        get {
            switch position {
            case 0: first
            case 1: second
            case 2: third
            default: fourth
            }
        }
        set {
            switch position {
            case 0: first = newValue
            case 1: second = newValue
            case 2: third = newValue
            default: fourth = newValue
            }
        }
    }

    /// The bucket numbers, in the order they were entered or what removals made of it.
    var numbers: [Int] { (0..<count).map { Int(self[$0].bucket) } }
    var last: Int? { count == 0 ? nil : Int(self[count - 1].bucket) }

    func place(in bucket: Int) -> Int? {
        for position in 0..<count where self[position].bucket == bucket {
            return Int(self[position].place)
        }
        return nil
    }

    func contains(_ bucket: Int) -> Bool { place(in: bucket) != nil }

    mutating func append(_ bucket: Int, place: Int) {
        precondition(count < Shelves.bucketsPerEntryLimit, "an entry stands in too many buckets")
        self[count] = Membership(bucket: UInt16(bucket), place: UInt8(place))
        count += 1
    }

    /// Forgets a bucket and answers the place that was held there; nil if it was none of these.
    mutating func remove(_ bucket: Int) -> Int? {
        for position in 0..<count where self[position].bucket == bucket {
            let place = Int(self[position].place)
            self[position] = self[count - 1]
            count -= 1
            return place
        }
        return nil
    }

    mutating func move(_ bucket: Int, to place: Int) {
        for position in 0..<count where self[position].bucket == bucket {
            self[position].place = UInt8(place)
        }
    }
}
