package import WarrenPrimitives

/// The story of a run as its facts tell it, for reports: what the network came to, how its nodes'
/// peers changed in temperature, and which way blocks went.
///
/// Facts are taken in their order, as a judge takes them.
package struct Chronicle: Sendable {
    package private(set) var network: NetworkState
    package private(set) var receipts = ReceiptLog()
    package private(set) var course: Course
    package private(set) var forks = Forks()
    package let beganAt: Instant
    package let endsAt: Instant

    /// What happened to chains besides growth.
    package struct Forks: Hashable, Sendable {
        package var madeCount = 0
        package var rollbackCount = 0
        /// Blocks that were left behind at once, at most.
        package var deepestRollback = 0
        /// Producers who made two blocks for one slot, by node, each slot once.
        package var equivocations: [Equivocation] = []

        /// Equivocations that are remembered; each needs two blocks with valid signatures.
        package static let equivocationLimit = 1000

        package init() {}
    }

    package struct Equivocation: Hashable, Sendable {
        package var producer: NodeID
        package var slot: UInt64

        package init(producer: NodeID, slot: UInt64) {
            self.producer = producer
            self.slot = slot
        }
    }

    package init(
        _ population: Population,
        liveness: Duration = NetworkState.defaultLiveness,
        from beganAt: Instant,
        to endsAt: Instant
    ) {
        network = NetworkState(population, liveness: liveness)
        course = Course(nodeCount: population.count, from: beganAt, to: endsAt)
        self.beganAt = beganAt
        self.endsAt = endsAt
    }

    package mutating func take(_ fact: Fact) {
        course.advance(before: fact.at, network)
        let change = network.take(fact)
        // A snapshot tells of all peers, whatever else it changes.
        if case .node(let number, .snapshot) = fact.what, network.nodes.indices.contains(number) {
            course.touch(number)
        }
        guard case .node(let number, let what, let news) = change else { return }
        if what != .none { course.touch(number) }
        if case .chain(let note) = news { take(note, of: number, at: fact.at) }
    }

    /// To be called after the last fact.
    package mutating func finish() { course.finish(network) }

    private mutating func take(_ note: ChainNote, of node: Int, at now: Instant) {
        let peer = note.subject.flatMap { network.population.number(of: $0) }
        receipts.take(note, of: node, from: peer, at: now)
        switch note {
        case .made: forks.madeCount += 1
        case .rolledBack(_, let depth):
            forks.rollbackCount += 1
            forks.deepestRollback = max(forks.deepestRollback, depth)
        case .equivocation(let producer, let slot, _, _):
            let found = Equivocation(producer: producer, slot: slot)
            guard forks.equivocations.count < Forks.equivocationLimit,
                !forks.equivocations.contains(found)
            else { return }
            forks.equivocations.append(found)
        case .announced, .fetched, .adopted, .sighted: break
        }
    }

    /// What times of the run are counted from: t = 0, or the beginning if that never came.
    package var origin: Instant { network.zero ?? beganAt }

    /// The greatest height that any node told of.
    package var height: UInt64 { network.nodes.compactMap(\.chain.highest).max() ?? 0 }

    package var propagation: Propagation {
        Propagation(network.chain, receipts, since: origin)
    }

    /// The way of a block, by its whole hash.
    package func spread(of id: Hash) -> BlockSpread? {
        receipts[id].flatMap { BlockSpread($0, item: network.chain.blocks.item(id)) }
    }

    /// Who had whom hot, when most nodes were up.
    package var topology: Course.Topology { course.topology }
}
