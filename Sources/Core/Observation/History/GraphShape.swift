/// A network as a graph without names, to be measured: its vertices are counted from 0.
struct GraphShape: Sendable {
    /// Which node each vertex is.
    let nodes: [Int]
    /// The other ends of each vertex's links, in order.
    private let neighbours: [[Int]]

    init(_ graph: LinkGraph) {
        let nodes = graph.members
        var places: [Int: Int] = [:]
        for (place, node) in nodes.enumerated() { places[node] = place }
        self.nodes = nodes
        neighbours = nodes.map { node in
            graph.neighbours(of: node).compactMap { places[$0] }.sorted()
        }
    }

    /// Two vertices so far apart as any two.
    struct Diameter: Equatable {
        var length: Int
        var from: Int
        var to: Int
    }

    /// How far the two vertices furthest apart are from each other; nil if some cannot reach each
    /// other, or there is none.
    ///
    /// Gives up behind `limit`, saying so as a length of one more.
    ///
    /// Every vertex's ball grows by one step at a time, as a row of bits.
    func diameter(upTo limit: Int) -> Diameter? {
        let count = nodes.count
        guard count > 0 else { return nil }
        let width = (count + 63) / 64
        var balls = [UInt64](repeating: 0, count: count * width)
        for vertex in 0..<count { balls[vertex * width + vertex / 64] = 1 << UInt64(vertex % 64) }
        var sizes = Array(repeating: 1, count: count)
        var found = Diameter(length: 0, from: 0, to: 0)
        while let open = sizes.firstIndex(where: { $0 < count }) {
            found = Diameter(length: found.length + 1, from: open, to: outside(balls, open, width))
            if found.length > limit { return found }
            var next = balls
            var hasGrown = false
            for vertex in 0..<count where sizes[vertex] < count {
                for other in neighbours[vertex] {
                    for word in 0..<width {
                        next[vertex * width + word] |= balls[other * width + word]
                    }
                }
                var size = 0
                for word in 0..<width { size += next[vertex * width + word].nonzeroBitCount }
                hasGrown = hasGrown || size > sizes[vertex]
                sizes[vertex] = size
            }
            guard hasGrown else { return nil }
            balls = next
        }
        return found
    }

    /// A vertex that is not in the ball around `vertex`.
    private func outside(_ balls: [UInt64], _ vertex: Int, _ width: Int) -> Int {
        nodes.indices.first { balls[vertex * width + $0 / 64] >> UInt64($0 % 64) & 1 == 0 }
            ?? vertex
    }

    /// Links without which there are two parts, and the vertices of the part that was found.
    struct Cut: Equatable {
        var size: Int
        var side: [Int]
    }

    /// The smallest cut, or any of at least `limit`, given as one of `limit` without a side.
    ///
    /// A cut parts vertex 0 from some other. They are taken one after the other: how many ways
    /// without a link in common lead to the ones before is the smallest cut that parts it from
    /// them; if that is enough it joins them. Fewer than two vertices have a cut of 0.
    func minCut(upTo limit: Int) -> Cut {
        guard nodes.count > 1, limit > 0 else { return Cut(size: 0, side: []) }
        var flow = UnitFlow(neighbours)
        var best = Cut(size: limit, side: [])
        for vertex in order.dropFirst() {
            if let cut = flow.cut(of: vertex, below: best.size) { best = cut }
            if best.size == 0 { break }
            flow.join(vertex)
        }
        return best
    }

    /// From vertex 0 outwards, so that every vertex is near the ones before; what cannot be
    /// reached comes last.
    private var order: [Int] {
        var isSeen = Array(repeating: false, count: nodes.count)
        var order: [Int] = []
        for start in nodes.indices where !isSeen[start] {
            isSeen[start] = true
            order.append(start)
            var place = order.count - 1
            while place < order.count {
                for next in neighbours[order[place]] where !isSeen[next] {
                    isSeen[next] = true
                    order.append(next)
                }
                place += 1
            }
        }
        return order
    }
}

/// Ways without a link in common, from a vertex to a growing set of them that begins with 0.
private struct UnitFlow {
    private let neighbours: [[Int]]
    /// Of each vertex's arcs: the place of the arc back in the other end's.
    private let back: [[Int]]
    /// What may still flow along each arc: 1 at first, 0 to 2.
    private var room: [[Int8]]
    private var isGoal: [Bool]
    private var used: [(vertex: Int, arc: Int)] = []

    init(_ neighbours: [[Int]]) {
        self.neighbours = neighbours
        var places: [[Int]] = neighbours.map { Array(repeating: 0, count: $0.count) }
        var next = Array(repeating: 0, count: neighbours.count)
        // Neighbours stand in order, so each vertex meets its arcs back in order too.
        for vertex in neighbours.indices {
            for other in neighbours[vertex] {
                places[other][next[other]] = neighbours[vertex].firstIndex(of: other) ?? 0
                next[other] += 1
            }
        }
        back = places
        room = neighbours.map { Array(repeating: 1, count: $0.count) }
        isGoal = Array(repeating: false, count: neighbours.count)
        isGoal[0] = true
    }

    mutating func join(_ vertex: Int) { isGoal[vertex] = true }

    /// The smallest cut that parts `start` from the set; nil if it is not smaller than `limit`.
    mutating func cut(of start: Int, below limit: Int) -> GraphShape.Cut? {
        defer { empty() }
        for size in 0..<limit {
            if let side = augment(start) { return GraphShape.Cut(size: size, side: side) }
        }
        return nil
    }

    /// Leads one more way to the set; if there is none, what can be reached is one side of a cut.
    private mutating func augment(_ start: Int) -> [Int]? {
        var via: [Int: (vertex: Int, arc: Int)] = [:]
        var reached = [start]
        var place = 0
        while place < reached.count {
            let vertex = reached[place]
            place += 1
            for arc in neighbours[vertex].indices where room[vertex][arc] > 0 {
                let next = neighbours[vertex][arc]
                guard next != start, via[next] == nil else { continue }
                via[next] = (vertex, arc)
                if isGoal[next] {
                    push(to: next, via)
                    return nil
                }
                reached.append(next)
            }
        }
        return reached
    }

    private mutating func push(to goal: Int, _ via: [Int: (vertex: Int, arc: Int)]) {
        var end = goal
        while let step = via[end] {
            room[step.vertex][step.arc] -= 1
            room[end][back[step.vertex][step.arc]] += 1
            used.append((step.vertex, step.arc))
            end = step.vertex
        }
    }

    private mutating func empty() {
        for (vertex, arc) in used {
            let other = neighbours[vertex][arc]
            room[vertex][arc] = 1
            room[other][back[vertex][arc]] = 1
        }
        used = []
    }
}
