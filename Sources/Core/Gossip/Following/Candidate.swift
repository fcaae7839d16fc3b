package import WarrenChain
package import WarrenPrimitives

/// What a node knows of a peer's chain: the ids of the headers that the peer showed.
///
/// It begins on the node's own chain, ``base``, and ends at the peer's last header. Headers
/// themselves are with whoever judges them; here are 40 bytes a block, so that k of them for each hot
/// peer cost little.
package struct Candidate: Hashable, Sendable {
    /// Nothing at or below it is rolled back.
    package private(set) var base: Point
    private var links: [Link] = []

    private struct Link: Hashable {
        var slot: UInt64
        var id: Hash
    }

    /// How many links may be too many before they are let go: letting go moves all others.
    private static let trimBatch = 512

    package init(base: Point) { self.base = base }

    package var tip: Point {
        guard let last = links.last else { return base }
        return .block(height: base.height + UInt64(links.count), slot: last.slot, last.id)
    }

    package func contains(_ point: Point) -> Bool {
        if point == base { return true }
        guard let place = place(of: point.height) else { return false }
        return links[place].id == point.id && links[place].slot == point.slot
    }

    package func contains(_ header: Header) -> Bool {
        guard let place = place(of: header.height) else { return false }
        return links[place].id == header.id
    }

    private func place(of height: UInt64) -> Int? {
        guard height > base.height, height - base.height <= UInt64(links.count) else { return nil }
        return Int(height - base.height) - 1
    }

    /// Puts a header on top, or answers false when it does not fit there.
    package mutating func append(_ header: Header, genesisID: Hash) -> Bool {
        guard header.height == tip.height + 1, header.previous == tip.id ?? genesisID else {
            return false
        }
        links.append(Link(slot: header.slot, id: header.id))
        return true
    }

    /// What came of going back to a point.
    package enum RollBack: Hashable, Sendable {
        case done
        /// The point lies further back than what is kept, or than `depth`.
        case tooDeep
        /// There is another block at that height, or none.
        case unknown
    }

    package mutating func rollBack(to point: Point, atMost depth: Int) -> RollBack {
        guard point.height <= tip.height else { return .unknown }
        guard point.height >= base.height, tip.height - point.height <= UInt64(depth) else {
            return .tooDeep
        }
        guard contains(point) else { return .unknown }
        links.removeLast(Int(tip.height - point.height))
        return .done
    }

    /// Lets go of what lies below `height`, some of it at a time.
    package mutating func trim(below height: UInt64) {
        let top = min(height, tip.height)
        guard top > base.height, let count = Int(exactly: top - base.height),
            count >= Self.trimBatch
        else { return }
        base = .block(height: top, slot: links[count - 1].slot, links[count - 1].id)
        links.removeFirst(count)
    }
}

extension ChainReading {
    /// Where this chain and another may part: the tip, and back from it in steps that double, the
    /// anchor, and the origin.
    ///
    /// Source: O§8.5.
    package var intersectionPoints: [Point] {
        var points = [tip]
        var step: UInt64 = 1
        while tip.height > anchor.height, step < tip.height - anchor.height {
            if let header = header(at: tip.height - step) { points.append(header.point) }
            step *= 2
        }
        if anchor != tip { points.append(anchor) }
        if points.last != .origin { points.append(.origin) }
        return points
    }
}
