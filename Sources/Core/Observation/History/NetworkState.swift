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
        let wasHealthy = nodes[number].health == .healthy
        let graph = nodes[number].take(fact, at: now, liveness: liveness)
        let isHealthy = nodes[number].health == .healthy
        healthyCount += (isHealthy ? 1 : 0) - (wasHealthy ? 1 : 0)
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
        let links = nodes.indices.map(neighbours)
        var part = [Int?](repeating: nil, count: nodes.count)
        var parts: [[Int]] = []
        for start in nodes.indices where nodes[start].isUp && part[start] == nil {
            var members: [Int] = []
            var edge = [start]
            part[start] = parts.count
            while let number = edge.popLast() {
                members.append(number)
                for other in links[number].sorted()
                where part[other] == nil && links[other].contains(number) {
                    part[other] = parts.count
                    edge.append(other)
                }
            }
            parts.append(members.sorted())
        }
        return parts.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
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
