import WarrenPrimitives

/// What is remembered of one node for one predicate, so that a fact costs only what it changes.
struct LaneMemory: Sendable {
    /// Rows that the predicate is about, and the declared node each is of, or -1.
    private var matches: [PeerID: Int] = [:]
    /// How many of them are of each declared node; only counted.
    private var others: [Int: Int] = [:]
    private(set) var slowest: Duration?
    /// When moves happened that may still count, the oldest first.
    private(set) var moves: [Instant] = []
    /// The last of them.
    private(set) var lastMove: Transition?
    /// The last instant at which events of the node were missing, in the window.
    private var unsureAt: Instant?
    /// They still were when it was last looked at.
    private var isUnsure = false
    /// When the reading may change by time alone.
    private(set) var due: Instant?

    private static let tick: Duration = .nanoseconds(1)

    init() {}

    /// What the predicate is of node `touch.number` at `now`, in a window that began at `start`.
    mutating func read(
        _ bound: BoundPredicate,
        _ touch: Touch,
        in network: NetworkState,
        at now: Instant,
        since start: Instant?
    ) -> Reading {
        due = nil
        let number = touch.number
        let node = network.nodes[number]
        let isDoubtful = node.isInDoubt || node.doubtedAt == now
        switch bound.predicate {
        case .isHealthy: return isDoubtful ? .doubt : Reading(node.health == .healthy)
        case .isUp: return isDoubtful ? .doubt : Reading(node.isUp)
        case .has(let counter, let comparison, let operand, _):
            update(bound, touch, in: network)
            guard !isDoubtful, let limit = bound.value(of: operand, in: node) else { return .doubt }
            let count = counter.canBeFiltered ? matches.count : bound.count(of: number, in: network)
            return Reading(comparison.holds(node.isUp ? count : 0, limit))
        case .knows(let portion, _, _):
            update(bound, touch, in: network)
            let count = node.isUp ? others.count : 0
            if isDoubtful { return .doubt }
            switch portion {
            case .some: return Reading(count > 0)
            case .all: return Reading(count == bound.otherCount(for: number))
            case .count(let comparison, let limit): return Reading(comparison.holds(count, limit))
            }
        case .hasHeight(let comparison, let limit):
            if isDoubtful { return .doubt }
            guard node.isUp else { return Reading(comparison.holds(0, limit)) }
            guard let tip = node.chain.tip else { return .silence }
            return Reading(comparison.holds(Int(clamping: tip.height), limit))
        case .hasRoundTrip(let comparison, let limit, _):
            if case .none = touch.rows {
            } else {
                slowest = bound.slowest(of: number, in: network)?.time
            }
            if isDoubtful { return .doubt }
            return slowest.map { Reading(comparison.holds($0, limit)) } ?? .silence
        case .makesProgress(let within):
            guard let start else { return .silence }
            return isDoubtful ? .doubt : progress(of: node, within, at: now, since: start)
        case .moves(let move):
            guard let start else { return .silence }
            take(touch.moves.filter { bound.isMeant($0, in: network.population) }, move, at: now)
            if isDoubtful || isUnsure { unsureAt = now }
            isUnsure = node.isInDoubt
            return count(move, at: now, since: start)
        }
    }

    /// Looks at the rows that may have changed.
    private mutating func update(_ bound: BoundPredicate, _ touch: Touch, in network: NetworkState)
    {
        let node = network.nodes[touch.number]
        switch touch.rows {
        case .none: break
        case .some(let peers):
            for peer in peers {
                let row = node.row(of: peer)
                set(peer, row.flatMap { bound.match($0, of: touch.number, in: network) })
            }
        case .all:
            matches = [:]
            others = [:]
            for row in node.peers {
                set(row.reference.peer, bound.match(row, of: touch.number, in: network))
            }
        }
    }

    private mutating func set(_ peer: PeerID, _ other: Int?) {
        let before = matches[peer]
        guard before != other else { return }
        matches[peer] = other
        if let before {
            let count = (others[before] ?? 0) - 1
            others[before] = count > 0 ? count : nil
        }
        if let other { others[other, default: 0] += 1 }
    }
}

// MARK: What goes with time

extension LaneMemory {
    /// New height counts for so long, and until a first one must come there is as long.
    private mutating func progress(
        of node: NodeState,
        _ within: Duration,
        at now: Instant,
        since start: Instant
    ) -> Reading {
        let rise = node.chain.roseAt.flatMap { $0 >= start ? $0 : nil }
        let last = (rise ?? start).advanced(by: within)
        guard now <= last else { return .no }
        due = last.advanced(by: Self.tick)
        return rise == nil ? .silence : .yes
    }

    private mutating func take(_ news: [Transition], _ move: Expectation.Move, at now: Instant) {
        guard let last = news.last else { return }
        lastMove = last
        moves += Array(repeating: now, count: news.count)
        // One more than what is asked for is as good as all.
        let excess = moves.count - (move.tally?.times ?? 0) - 1
        if excess > 0 { moves.removeFirst(excess) }
    }

    private mutating func count(
        _ move: Expectation.Move,
        at now: Instant,
        since start: Instant
    ) -> Reading {
        let span = move.tally.map(\.within) ?? .some(.zero)
        let tally = move.tally ?? .init(comparison: .greater, times: 0, within: .zero)
        if let span {
            let first = max(start, now.advanced(by: .zero - span))
            moves.removeFirst(moves.prefix { $0 < first }.count)
            if let unsure = unsureAt, unsure < first { unsureAt = nil }
            due = soonest(moves.first, isUnsure ? nil : unsureAt)?.advanced(by: span).advanced(
                by: Self.tick
            )
        }
        let (count, limit) = (moves.count, tally.times)
        guard unsureAt != nil else { return Reading(tally.comparison.holds(count, limit)) }
        // There may have been more.
        switch tally.comparison {
        case .atLeast, .greater: return tally.comparison.holds(count, limit) ? .yes : .doubt
        case .atMost, .less: return tally.comparison.holds(count, limit) ? .doubt : .no
        case .equal: return count > limit ? .no : .doubt
        case .notEqual: return count > limit ? .yes : .doubt
        }
    }
}
