import WarrenPrimitives

/// A search for the nodes nearest to a place, which asks nearer and nearer ones.
///
/// Candidates are those connected at the start and whoever was named since. It is over when the k
/// nearest that did not fail have all answered, or its time is up: nobody is dialed for it, so
/// that it waits for the peer manager to connect to those that it named. Sources: Kademlia §2.3;
/// design §17.15.
struct Lookup: Sendable {
    /// α: requests under way at once.
    static let parallelLimit = 3
    /// Candidates held: the k nearest and spares for those that fail.
    static let candidateLimit = 4 * RoutingTable.bucketLimit

    let number: UInt64
    let target: RoutingKey
    let endsAt: Instant
    /// Candidates that were asked and have not answered.
    private(set) var underwayCount = 0
    /// Nearest first.
    private(set) var candidates: [Candidate] = []

    struct Candidate: Hashable, Sendable {
        let id: NodeID
        let distance: RoutingKey
        var state = State.heard

        enum State: Hashable, Sendable { case heard, asked, answered, failed }
    }

    init(number: UInt64, target: RoutingKey, endsAt: Instant) {
        self.number = number
        self.target = target
        self.endsAt = endsAt
    }

    mutating func add(_ id: NodeID) {
        let distance = RoutingKey(id).distance(to: target)
        let place = place(at: distance)
        if place < candidates.count, candidates[place].id == id { return }
        candidates.insert(Candidate(id: id, distance: distance), at: place)
        if candidates.count > Self.candidateLimit, candidates.removeLast().state == .asked {
            underwayCount -= 1
        }
    }

    /// Where a candidate at this distance stands, or would stand.
    private func place(at distance: RoutingKey) -> Int {
        var (low, high) = (0, candidates.count)
        while low < high {
            let middle = (low + high) / 2
            if candidates[middle].distance < distance { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Where a candidate stands, nearest first; nil if it is none.
    func place(of id: NodeID) -> Int? {
        let place = place(at: RoutingKey(id).distance(to: target))
        return place < candidates.count && candidates[place].id == id ? place : nil
    }

    mutating func set(_ id: NodeID, _ state: Candidate.State) {
        guard let place = place(of: id) else { return }
        if candidates[place].state == .asked { underwayCount -= 1 }
        if state == .asked { underwayCount += 1 }
        candidates[place].state = state
    }

    /// The k nearest that did not fail, nearest first.
    var nearest: [NodeID] {
        candidates[..<reach].compactMap { $0.state == .failed ? nil : $0.id }
    }

    /// How many candidates there are up to the last of the k nearest that did not fail.
    var reach: Int {
        var left = RoutingTable.bucketLimit
        for place in candidates.indices where candidates[place].state != .failed {
            left -= 1
            if left == 0 { return place + 1 }
        }
        return candidates.count
    }

    /// Where a node stands that is one of the k nearest and still to be asked; nil if it is not.
    func unaskedPlace(of id: NodeID, within reach: Int) -> Int? {
        guard let place = place(of: id), place < reach, candidates[place].state == .heard else {
            return nil
        }
        return place
    }

    var isOver: Bool {
        var left = RoutingTable.bucketLimit
        for candidate in candidates where candidate.state != .failed {
            if candidate.state != .answered { return false }
            left -= 1
            if left == 0 { return true }
        }
        return true
    }
}
