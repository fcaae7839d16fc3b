import WarrenPrimitives

/// Whether some nodes have the same tip, or the same height, kept up node by node.
struct Agreement: Sendable {
    let sameness: Expectation.Sameness
    let members: [Int]
    private var votes: [Vote]
    private var tally: [Vote: Int]

    enum Vote: Hashable {
        case tip(Hash)
        case height(UInt64)
        /// A node that is down has neither.
        case down
        case silence
        case doubt
    }

    init(_ sameness: Expectation.Sameness, of members: [Int]) {
        self.sameness = sameness
        self.members = members
        votes = Array(repeating: .silence, count: members.count)
        tally = [.silence: members.count]
    }

    mutating func take(_ touches: [Touch], in network: NetworkState, at now: Instant) {
        for touch in touches {
            guard let place = members.place(of: touch.number) else { continue }
            let vote = vote(of: network.nodes[touch.number], at: now)
            guard vote != votes[place] else { continue }
            let old = votes[place]
            tally[old] = tally[old].flatMap { $0 > 1 ? $0 - 1 : nil }
            tally[vote, default: 0] += 1
            votes[place] = vote
        }
    }

    private func vote(of node: NodeState, at now: Instant) -> Vote {
        if node.isInDoubt || node.doubtedAt == now { return .doubt }
        guard node.isUp else { return .down }
        guard let tip = node.chain.tip else { return .silence }
        switch sameness {
        case .tip: return .tip(tip.hash)
        case .height: return .height(tip.height)
        }
    }

    var reading: Reading {
        let told = tally.count - [.down, .silence, .doubt].count { tally[$0] != nil }
        if told > 1 || tally[.down] != nil { return .no }
        if tally[.doubt] != nil { return .doubt }
        return tally[.silence] == nil ? .yes : .silence
    }

    /// Members that cannot be told of, of the first kind that there is.
    var untold: [Int] {
        let vote: Vote = tally[.doubt] != nil ? .doubt : .silence
        return members.indices.filter { votes[$0] == vote }.map { members[$0] }
    }

    /// Members with the same vote, the largest group first.
    var groups: [[Int]] {
        var places: [Vote: Int] = [:]
        var groups: [[Int]] = []
        for (index, vote) in votes.enumerated() {
            if let place = places[vote] {
                groups[place].append(members[index])
            } else {
                places[vote] = groups.count
                groups.append([members[index]])
            }
        }
        return groups.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
    }
}
