import WarrenPrimitives

/// How the static routes run among the nodes that take part.
package enum Shape: Hashable, Sendable {
    /// No static routes: whoever meets, meets by discovery.
    case none
    case line
    case ring
    /// All around the first node.
    case star
    /// Everybody with everybody.
    case mesh
    /// Each node with this many below it.
    case tree(branching: Int?)
    /// A ring with near neighbours, some of them traded for far ones.
    case smallWorld(degree: Int?)
    /// Everybody with equally many, drawn at random.
    case randomRegular(degree: Int?)
    /// Few with many, many with few.
    case scaleFree(degree: Int?)
    /// Rows and columns.
    case grid(width: Int?)
    /// A grid whose ends meet.
    case torus(width: Int?)
    case edges([Edge])

    /// One route, by the names of the nodes.
    package struct Edge: Hashable, Sendable {
        package var from: String
        package var to: String
        /// Whether both have the other in their topology, or only the first.
        package var goesBothWays: Bool

        package init(_ from: String, _ to: String, goesBothWays: Bool = true) {
            self.from = from
            self.to = to
            self.goesBothWays = goesBothWays
        }
    }

    /// Routes of a node, about, where the file does not say; gives way to a small network.
    package static let usualDegree = 4
    /// Nodes below each in a tree, where the file does not say.
    package static let usualBranching = 2

    /// Routes in all; a mesh of 1,400 nodes is near it.
    package static let edgeLimit = 1_000_000

    /// The words of the file.
    package enum Word: String, CaseIterable, Sendable {
        case none
        case line
        case ring
        case star
        case mesh
        case tree
        case smallWorld = "small-world"
        case randomRegular = "random-regular"
        case scaleFree = "scale-free"
        case grid
        case torus
        case edges
    }

    package var word: Word {
        switch self {
        case .none: .none
        case .line: .line
        case .ring: .ring
        case .star: .star
        case .mesh: .mesh
        case .tree: .tree
        case .smallWorld: .smallWorld
        case .randomRegular: .randomRegular
        case .scaleFree: .scaleFree
        case .grid: .grid
        case .torus: .torus
        case .edges: .edges
        }
    }

    /// How many routes there will be at most among `count` nodes.
    package func edgeBound(among count: Int) -> Int {
        let count = min(max(count, 0), Scenario.nodeLimit)
        switch self {
        case .none: return 0
        case .line, .ring, .star, .tree: return count
        case .mesh: return count * (count - 1) / 2
        case .smallWorld(let degree), .randomRegular(let degree), .scaleFree(let degree):
            let degree = degree ?? Self.usualDegree
            return count * (degree + 1) / 2 + degree * degree
        case .grid, .torus: return count * 2
        case .edges(let edges): return edges.count
        }
    }
}

extension Shape {
    /// A route between the nodes at two places, the lower first.
    struct Pair: Hashable, Comparable {
        let low: Int
        let high: Int

        /// Nil for a route of a node to itself.
        init?(_ a: Int, _ b: Int) {
            guard a != b else { return nil }
            low = min(a, b)
            high = max(a, b)
        }

        static func < (lhs: Pair, rhs: Pair) -> Bool {
            (lhs.low, lhs.high) < (rhs.low, rhs.high)
        }
    }

    /// The routes among `count` nodes, in order; ``edges`` has names instead, and none here.
    ///
    /// Every shape but `none` is connected, except a random regular one of degree 1.
    func pairs(among count: Int, random: inout Random) -> [Pair] {
        guard count > 1 else { return [] }
        func held(_ degree: Int?) -> Int { min(degree ?? Self.usualDegree, count - 1) }
        switch self {
        case .none, .edges: return []
        case .line: return Self.collect((1..<count).map { Pair($0 - 1, $0) })
        case .ring: return Self.collect((0..<count).map { Pair($0, ($0 + 1) % count) })
        case .star: return Self.collect((1..<count).map { Pair(0, $0) })
        case .mesh:
            return Self.collect((0..<count).flatMap { a in (a + 1..<count).map { Pair(a, $0) } })
        case .tree(let branching):
            let branching = max(branching ?? Self.usualBranching, 1)
            return Self.collect((1..<count).map { Pair($0, ($0 - 1) / branching) })
        case .smallWorld(let degree):
            return Self.smallWorld(count, held(degree), &random)
        case .randomRegular(let degree):
            return Self.randomRegular(count, held(degree), &random)
        case .scaleFree(let degree):
            return Self.scaleFree(count, max(held(degree) / 2, 1), &random)
        case .grid(let width): return Self.grid(count, width, wraps: false)
        case .torus(let width): return Self.grid(count, width, wraps: true)
        }
    }

    private static func collect(_ pairs: [Pair?]) -> [Pair] {
        Array(Set(pairs.compactMap(\.self))).sorted()
    }

    private static func grid(_ count: Int, _ width: Int?, wraps: Bool) -> [Pair] {
        var side = 1
        while side * side < count { side += 1 }
        let width = min(max(width ?? side, 1), count)
        var pairs: [Pair?] = []
        for place in 0..<count {
            let rowStart = place - place % width
            let rowEnd = min(rowStart + width, count)
            let right = place + 1
            if right < rowEnd {
                pairs.append(Pair(place, right))
            } else if wraps {
                pairs.append(Pair(place, rowStart))
            }
            let below = place + width
            if below < count {
                pairs.append(Pair(place, below))
            } else if wraps {
                pairs.append(Pair(place, place % width))
            }
        }
        return collect(pairs)
    }

    /// Watts and Strogatz, but the ring itself is never traded, so that it stays connected.
    ///
    /// One near neighbour in ten is traded for a far one; an odd degree adds half a far neighbour
    /// to everyone. Source: "Collective dynamics of small-world networks", Nature 393, 1998.
    private static func smallWorld(_ count: Int, _ degree: Int, _ random: inout Random) -> [Pair] {
        var chosen = Set(collect((0..<count).map { Pair($0, ($0 + 1) % count) }))
        let reach = degree / 2
        func draw(_ from: Int) -> Bool {
            // In a nearly full network a free place may be hard to find; then there is none.
            for _ in 0..<64 {
                if let pair = Pair(from, random.below(count)), chosen.insert(pair).inserted {
                    return true
                }
            }
            return false
        }
        let near = stride(from: 2, through: reach, by: 1).flatMap { step in
            (0..<count).compactMap { Pair($0, ($0 + step) % count) }
        }
        chosen.formUnion(near)
        for pair in near where random.chance(1, in: 10) {
            if draw(pair.low) { chosen.remove(pair) }
        }
        if !degree.isMultiple(of: 2) {
            for place in stride(from: 0, to: count - 1, by: 2) { _ = draw(place) }
        }
        return chosen.sorted()
    }

    /// A regular ring of neighbours whose routes are then crossed at random, two at a time.
    ///
    /// Crossing keeps every degree; a result that fell apart is crossed again.
    private static func randomRegular(
        _ count: Int,
        _ degree: Int,
        _ random: inout Random
    ) -> [Pair] {
        var pairs: [Pair?] = []
        for step in stride(from: 1, through: degree / 2, by: 1) {
            for place in 0..<count { pairs.append(Pair(place, (place + step) % count)) }
        }
        if !degree.isMultiple(of: 2), count.isMultiple(of: 2) {
            for place in 0..<count / 2 { pairs.append(Pair(place, place + count / 2)) }
        }
        let regular = collect(pairs)
        guard regular.count > 1 else { return regular }
        for _ in 0..<20 {
            var edges = regular
            cross(&edges, &random)
            if degree < 2 || isConnected(edges, count: count) { return edges.sorted() }
        }
        return regular
    }

    private static func cross(_ edges: inout [Pair], _ random: inout Random) {
        var present = Set(edges)
        for _ in 0..<edges.count * 10 {
            let first = random.below(edges.count)
            let second = random.below(edges.count)
            let swaps = random.chance(1, in: 2)
            let (a, b) = (edges[first], edges[second])
            let ends = swaps ? (b.high, b.low) : (b.low, b.high)
            guard first != second, let one = Pair(a.low, ends.0), let other = Pair(a.high, ends.1),
                one != other, !present.contains(one), !present.contains(other)
            else { continue }
            present.subtract([a, b])
            present.formUnion([one, other])
            edges[first] = one
            edges[second] = other
        }
    }

    /// Barabási and Albert: each newcomer prefers those who have many already.
    ///
    /// Source: "Emergence of scaling in random networks", Science 286, 1999.
    private static func scaleFree(_ count: Int, _ wanted: Int, _ random: inout Random) -> [Pair] {
        var pairs = (0...wanted).flatMap { a in (a + 1..<wanted + 1).compactMap { Pair(a, $0) } }
        var ends = pairs.flatMap { [$0.low, $0.high] }
        for place in stride(from: wanted + 1, to: count, by: 1) {
            var chosen: [Int] = []
            while chosen.count < wanted {
                let end = ends[random.below(ends.count)]
                if !chosen.contains(end) { chosen.append(end) }
            }
            for end in chosen {
                pairs += [Pair(place, end)].compactMap(\.self)
                ends += [place, end]
            }
        }
        return pairs.sorted()
    }

    /// Whether the routes join all of `count` nodes.
    static func isConnected(_ pairs: [Pair], count: Int) -> Bool {
        var parent = Array(0..<count)
        func root(_ place: Int) -> Int {
            var place = place
            while parent[place] != place {
                parent[place] = parent[parent[place]]
                place = parent[place]
            }
            return place
        }
        var parts = count
        for pair in pairs {
            let (a, b) = (root(pair.low), root(pair.high))
            if a != b {
                parent[a] = b
                parts -= 1
            }
        }
        return parts <= 1
    }
}
