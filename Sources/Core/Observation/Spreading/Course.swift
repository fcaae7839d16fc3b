package import WarrenPrimitives

/// What every node's peers were over a run, at evenly spread instants.
///
/// As many instants for a short run as for a long one, so that a report stays as small.
package struct Course: Sendable {
    /// Instants that a run is looked at; of those in between nothing is kept.
    package static let sampleCount = 240

    package let beganAt: Instant
    /// From one look to the next.
    package let step: Duration
    /// One for each instant, the first one step after the beginning.
    package private(set) var samples: [Sample] = []
    package private(set) var topology = Topology()
    private var current: [Standing?]
    private var touched: Set<Int> = []

    /// How many peers of each temperature one node had.
    package struct Standing: Hashable, Sendable {
        package var cold: Int32 = 0
        package var warm: Int32 = 0
        package var hot: Int32 = 0

        package init(cold: Int32 = 0, warm: Int32 = 0, hot: Int32 = 0) {
            self.cold = cold
            self.warm = warm
            self.hot = hot
        }
    }

    package struct Sample: Hashable, Sendable {
        /// By the number of the node; nil for one that is not up.
        package var standings: [Standing?]
        /// The least and the greatest height of those that told.
        package var lowest: UInt64?
        package var highest: UInt64?
    }

    /// Who had whom hot at the last look at which most nodes were up.
    package struct Topology: Hashable, Sendable {
        package var at: Instant?
        package var upCount = 0
        package var edges: [Edge] = []

        package struct Edge: Hashable, Sendable {
            package var from: Int
            package var to: Int

            package init(from: Int, to: Int) {
                self.from = from
                self.to = to
            }
        }
    }

    init(nodeCount: Int, from beganAt: Instant, to endsAt: Instant) {
        self.beganAt = beganAt
        let length = max(0, beganAt.duration(to: endsAt).wholeNanoseconds)
        step = .nanoseconds(max(1, length / Int64(Self.sampleCount)))
        current = Array(repeating: nil, count: nodeCount)
    }

    /// The instant of a sample.
    package func instant(_ sample: Int) -> Instant { beganAt.advanced(by: step * (sample + 1)) }

    mutating func touch(_ node: Int) { touched.insert(node) }

    /// Looks at every instant before `now` that was not looked at yet.
    mutating func advance(before now: Instant, _ network: NetworkState) {
        while samples.count < Self.sampleCount, instant(samples.count) < now { look(network) }
    }

    mutating func finish(_ network: NetworkState) {
        while samples.count < Self.sampleCount { look(network) }
    }

    private mutating func look(_ network: NetworkState) {
        for node in touched {
            var standing = Standing()
            for peer in network.nodes[node].peers {
                switch peer.temperature {
                case .unknown: break
                case .cold: standing.cold += 1
                case .warm: standing.warm += 1
                case .hot: standing.hot += 1
                }
            }
            current[node] = standing
        }
        touched = []
        var sample = Sample(standings: current)
        var upCount = 0
        for (number, node) in network.nodes.enumerated() {
            guard node.isUp else {
                sample.standings[number] = nil
                continue
            }
            upCount += 1
            if current[number] == nil { sample.standings[number] = Standing() }
            guard let height = node.chain.tip?.height else { continue }
            sample.lowest = min(sample.lowest ?? height, height)
            sample.highest = max(sample.highest ?? height, height)
        }
        if upCount >= topology.upCount { chart(network, upCount, at: instant(samples.count)) }
        samples.append(sample)
    }

    private mutating func chart(_ network: NetworkState, _ upCount: Int, at now: Instant) {
        var edges: [Topology.Edge] = []
        for (number, node) in network.nodes.enumerated() where node.isUp {
            for peer in node.peers where peer.temperature == .hot {
                guard let other = network.population.number(of: peer.reference) else { continue }
                edges.append(.init(from: number, to: other))
            }
        }
        edges.sort { ($0.from, $0.to) < ($1.from, $1.to) }
        topology = Topology(at: now, upCount: upCount, edges: edges)
    }
}
