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
    /// Why a fault never began, or was not healed in time.
    package private(set) var faultFailures: [String: String] = [:]
    package private(set) var answers: [String: Truth] = [:]
    /// When all nodes were healthy for the first time: t = 0.
    package private(set) var zero: Instant?
    package private(set) var contradictions: [Contradiction] = []
    /// Nodes that claimed more than any node can have, once in a while of doubt.
    package private(set) var excesses: [Excess] = []
    /// Steps of connections that no connection may take.
    package private(set) var missteps: [Misstep] = []
    private var oracles: [TransitionOracle]
    /// Nodes whose snapshots say another tip than their events.
    package private(set) var tipContradictions: [TipContradiction] = []
    package private(set) var chain: ChainHistory
    private let liveness: Duration
    private var healthyCount = 0
    private var doubtfulCount = 0
    private(set) var graph: LinkGraph

    package init(_ population: Population, liveness: Duration = Self.defaultLiveness) {
        self.population = population
        self.liveness = liveness
        nodes = population.nodes.map { NodeState(targets: $0.targets) }
        oracles = nodes.map { _ in TransitionOracle() }
        graph = LinkGraph(count: nodes.count)
        chain = ChainHistory(
            nodeCount: nodes.count,
            followerCount: population.nodes.count { $0.role != .seed }
        )
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

    package struct TipContradiction: Hashable, Sendable {
        package var at: Instant
        package var node: Int
        package var tip: NodeState.TipContradiction
    }

    /// A node told of more than ``NodeState`` keeps of one: an error of the node.
    package struct Excess: Hashable, Sendable {
        package var at: Instant
        package var node: Int
        package var what: NodeState.Excess

        package init(at: Instant, node: Int, what: NodeState.Excess) {
            self.at = at
            self.node = node
            self.what = what
        }
    }

    /// A node told that a connection went where the tables of O§6.3 and O§7.3 let none go: an error
    /// of the node.
    package struct Misstep: Hashable, Sendable {
        package var at: Instant
        package var node: Int
        /// The rule that it breaks.
        package var words: String

        package init(at: Instant, node: Int, words: String) {
            self.at = at
            self.node = node
            self.words = words
        }
    }

    /// Steps of connections that were held against those tables.
    package var stepCount: Int { oracles.reduce(0) { $0 + $1.count } }

    /// What a fact may have changed.
    package enum Change: Hashable, Sendable {
        /// The note is that of an event that was news.
        case node(Int, NodeState.Change, Note?)
        /// Rows of all nodes may mean somebody else than before.
        case names
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
        case .faultFailed(let name, let why):
            faultFailures[name] = why
            return .fault
        case .answered(let query, let answer):
            answers[query] = answer.map(Truth.init) ?? .unknown
            return .answer
        }
    }

    private mutating func take(_ fact: Fact.NodeFact, of number: Int, at now: Instant) -> Change {
        var hasNewName = false
        if case .snapshot(let snapshot) = fact {
            if let id = snapshot.node.id, population.learn(id, of: number) {
                for other in nodes.indices { relink(other, .rows) }
                hasNewName = true
            }
            check(snapshot, of: number, at: now)
        }
        if case .event(let event) = fact, let words = oracles[number].take(event),
            missteps.count < Self.contradictionLimit
        {
            missteps.append(Misstep(at: now, node: number, words: words))
        }
        let before = nodes[number].standing
        let place = nodes[number].place
        let change = nodes[number].take(fact, at: now, liveness: liveness)
        let after = nodes[number].standing
        relink(number, change)
        if before != after { note(before, after, of: number, at: now) }
        var news: Note?
        if case .event(let event) = fact, nodes[number].place != place,
            nodes[number].sequence == event.sequence
        {
            news = event.note
            if case .chain(let note) = event.note { take(note, of: number, at: now) }
        }
        return hasNewName ? .names : .node(number, change, news)
    }

    private mutating func check(_ snapshot: Snapshot, of number: Int, at now: Instant) {
        let room = Self.contradictionLimit - contradictions.count
        contradictions += nodes[number].contradictions(in: snapshot).prefix(room)
            .map { Contradiction(at: now, node: number, peer: $0) }
        if tipContradictions.count < Self.contradictionLimit,
            let tip = nodes[number].tipContradiction(in: snapshot)
        {
            tipContradictions.append(TipContradiction(at: now, node: number, tip: tip))
        }
    }

    private mutating func take(_ note: ChainNote, of number: Int, at now: Instant) {
        let (nodes, population) = (self.nodes, self.population)
        chain.take(note, of: number, at: now) {
            var audience = ChainHistory.Audience(followed: [], unsure: [])
            for other in nodes.indices
            where nodes[other].isUp && population.nodes[other].role != .seed {
                if nodes[other].isInDoubt {
                    audience.unsure.insert(other)
                } else {
                    audience.followed.insert(other)
                }
            }
            return audience
        }
    }

    private mutating func note(
        _ before: NodeState.Standing,
        _ after: NodeState.Standing,
        of number: Int,
        at now: Instant
    ) {
        healthyCount += (after.isHealthy ? 1 : 0) - (before.isHealthy ? 1 : 0)
        doubtfulCount += (after.isInDoubt ? 1 : 0) - (before.isInDoubt ? 1 : 0)
        graph.setUp(after.isUp, number)
        if before.isUp, !after.isUp { chain.lose(number, at: now) }
        if !before.isInDoubt, after.isInDoubt { chain.doubt(number, at: now) }
        if let excess = after.excess, before.excess == nil,
            excesses.count < Self.contradictionLimit
        {
            excesses.append(Excess(at: now, node: number, what: excess))
        }
        if zero == nil, healthyCount == nodes.count { zero = now }
    }

    /// Whether a node is in doubt, of those that `numbers` name or at all.
    ///
    /// Doubt that ended at `now` counts, of those named.
    func isDoubtful(_ numbers: [Int], at now: Instant) -> Bool {
        doubtfulCount > 0 || numbers.contains { nodes[$0].doubtedAt == now }
    }

    package func name(_ number: Int) -> String { population.nodes[number].name }
}

extension NetworkState {
    /// The nodes that are up, in parts that can reach each other, the largest part first.
    ///
    /// A connection counts when both ends hold it and neither finds it silent. A node in doubt
    /// holds what it was last known to hold.
    package var parts: [[Int]] { graph.parts }

    /// Whether some node is up and every node that is up can reach every other.
    package var isConnected: Bool { graph.partCount == 1 }

    /// Brings the graph to what node `number` holds now.
    private mutating func relink(_ number: Int, _ change: NodeState.Change) {
        switch change {
        case .none: break
        case .row(let peer):
            let target = nodes[number].row(of: peer).flatMap(neighbour)
            graph.set(peer, of: number, to: target)
        case .rows:
            var targets: [PeerID: Int] = [:]
            for row in nodes[number].peers {
                if let other = neighbour(row) { targets[row.reference.peer] = other }
            }
            graph.set(targets, of: number)
        }
    }

    /// The declared node that a row is a live connection to.
    private func neighbour(_ row: PeerState) -> Int? {
        guard row.isConnected, !row.isSilent else { return nil }
        return population.number(of: row.reference)
    }
}
