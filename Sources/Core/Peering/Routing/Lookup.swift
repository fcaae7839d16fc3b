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
        var (low, high) = (0, candidates.count)
        while low < high {
            let middle = (low + high) / 2
            if candidates[middle].distance < distance { low = middle + 1 } else { high = middle }
        }
        if low < candidates.count, candidates[low].id == id { return }
        candidates.insert(Candidate(id: id, distance: distance), at: low)
        if candidates.count > Self.candidateLimit, candidates.removeLast().state == .asked {
            underwayCount -= 1
        }
    }

    mutating func set(_ id: NodeID, _ state: Candidate.State) {
        guard let place = candidates.firstIndex(where: { $0.id == id }) else { return }
        if candidates[place].state == .asked { underwayCount -= 1 }
        if state == .asked { underwayCount += 1 }
        candidates[place].state = state
    }

    /// The k nearest that did not fail, nearest first.
    var nearest: [NodeID] { nearest { _ in true } }

    /// Those of the k nearest that are still to be asked, nearest first.
    var unasked: [NodeID] { nearest { $0 == .heard } }

    var isOver: Bool {
        var left = RoutingTable.bucketLimit
        for candidate in candidates where candidate.state != .failed {
            if candidate.state != .answered { return false }
            left -= 1
            if left == 0 { return true }
        }
        return true
    }

    private func nearest(where isWanted: (Candidate.State) -> Bool) -> [NodeID] {
        var ids: [NodeID] = []
        var left = RoutingTable.bucketLimit
        for candidate in candidates where candidate.state != .failed {
            if isWanted(candidate.state) { ids.append(candidate.id) }
            left -= 1
            if left == 0 { break }
        }
        return ids
    }
}
