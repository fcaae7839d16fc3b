package import WarrenPrimitives

/// What an observer knows of a whole network at an instant.
package struct NetworkState: Sendable {
    /// A connection on which nothing arrived for so long counts as cut.
    ///
    /// Source: design §9.
    package static let defaultLiveness: Duration = .seconds(5)
    /// Contradictions remembered; more are counted only by the first of them.
    package static let contradictionLimit = 1000

    package private(set) var population: Population
    package private(set) var nodes: [NodeState]
    package private(set) var faults: [String: Fault] = [:]
    package private(set) var answers: [String: Truth] = [:]
    /// When all nodes were healthy for the first time: t = 0.
    package private(set) var zero: Instant?
    package private(set) var contradictions: [Contradiction] = []
    private let liveness: Duration
    private var healthyCount = 0
    /// Nodes that are up.
    private var upCount = 0

    package init(_ population: Population, liveness: Duration = Self.defaultLiveness) {
        self.population = population
        self.liveness = liveness
        nodes = population.nodes.map { NodeState(targets: $0.targets) }
    }

    package struct Fault: Hashable, Sendable {
        package var startedAt: Instant
        package var healedAt: Instant?
    }

    package struct Contradiction: Hashable, Sendable {
        package var at: Instant
        package var node: Int
        package var peer: NodeState.Contradiction

        package init(at: Instant, node: Int, peer: NodeState.Contradiction) {
            self.at = at
            self.node = node
            self.peer = peer
        }
    }

    /// What a fact may have changed.
    package enum Change: Hashable, Sendable {
        case node(Int, graph: Bool)
        case fault
        case answer
    }

    /// Takes in a fact; one about a node that was not declared changes nothing.
    @discardableResult
    package mutating func take(_ fact: Fact) -> Change? {
        switch fact.what {
        case .node(let number, let what):
            guard nodes.indices.contains(number) else { return nil }
            return take(what, of: number, at: fact.at)
        case .faultStarted(let name):
            if faults[name] == nil { faults[name] = Fault(startedAt: fact.at) }
            return .fault
        case .faultHealed(let name):
            if faults[name]?.healedAt == nil {
                faults[name, default: Fault(startedAt: fact.at)].healedAt = fact.at
            }
            return .fault
        case .answered(let query, let answer):
            answers[query] = answer.map(Truth.init) ?? .unknown
            return .answer
        }
    }

    private mutating func take(_ fact: Fact.NodeFact, of number: Int, at now: Instant) -> Change {
        if case .snapshot(let snapshot) = fact {
            if let id = snapshot.node.id { population.learn(id, of: number) }
            let room = Self.contradictionLimit - contradictions.count
            contradictions += nodes[number].contradictions(in: snapshot).prefix(room)
                .map { Contradiction(at: now, node: number, peer: $0) }
        }
        let before = (nodes[number].health == .healthy, nodes[number].isUp)
        let graph = nodes[number].take(fact, at: now, liveness: liveness)
        let after = (nodes[number].health == .healthy, nodes[number].isUp)
        healthyCount += (after.0 ? 1 : 0) - (before.0 ? 1 : 0)
        upCount += (after.1 ? 1 : 0) - (before.1 ? 1 : 0)
        if zero == nil, healthyCount == nodes.count { zero = now }
        return .node(number, graph: graph)
    }

    package func name(_ number: Int) -> String { population.nodes[number].name }
}

extension NetworkState {
    /// The nodes that are up, in parts that can reach each other, the largest part first.
    ///
    /// A connection counts when both ends hold it and neither finds it silent. A node in doubt
    /// holds what it was last known to hold.
    package var parts: [[Int]] {
        var links: [Int: Set<Int>] = [:]
        var seen: Set<Int> = []
        var parts: [[Int]] = []
        for start in nodes.indices where nodes[start].isUp && !seen.contains(start) {
            let part = reach(from: start, &links)
            seen.formUnion(part)
            parts.append(part)
        }
        return parts.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
    }

    /// Whether some node is up and every node that is up can reach every other.
    package var isConnected: Bool {
        guard let start = nodes.firstIndex(where: \.isUp) else { return false }
        var links: [Int: Set<Int>] = [:]
        return reach(from: start, &links).count == upCount
    }

    /// The nodes that `start` can reach and itself, in order; `links` keeps who holds whom.
    private func reach(from start: Int, _ links: inout [Int: Set<Int>]) -> [Int] {
        var reached: Set = [start]
        var edge = [start]
        while let number = edge.popLast() {
            for other in neighbours(number, &links) where !reached.contains(other) {
                guard neighbours(other, &links).contains(number) else { continue }
                reached.insert(other)
                edge.append(other)
            }
        }
        return reached.sorted()
    }

    private func neighbours(_ number: Int, _ links: inout [Int: Set<Int>]) -> Set<Int> {
        if let known = links[number] { return known }
        let found = neighbours(number)
        links[number] = found
        return found
    }

    private func neighbours(_ number: Int) -> Set<Int> {
        guard nodes[number].isUp else { return [] }
        var found: Set<Int> = []
        for row in nodes[number].peers where row.isConnected && !row.isSilent {
            if let other = population.number(of: row.reference) { found.insert(other) }
        }
        return found
    }
}
