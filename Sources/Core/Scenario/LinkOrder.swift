package import WarrenPrimitives

/// What one node has to be told of a fault of links, so that all of it is in force when every node knows
/// its part.
///
/// Both ends of an edge are told, so that neither depends on the other. Source: design §17.12.
package struct LinkOrder: Hashable, Sendable {
    /// Who is told.
    package var node: Int
    /// The other ends, in order; never the node itself.
    package var peers: [Int]
    package var effect: Effect

    package init(node: Int, peers: [Int], effect: Effect) {
        self.node = node
        self.peers = peers
        self.effect = effect
    }

    package enum Effect: Hashable, Sendable {
        case cut(Scenario.Fault.CutMode, Way)
        case degrade(LinkQuality)
    }

    /// Which way of a cut link nothing passes, as its node sees it.
    package enum Way: String, Hashable, Sendable, CaseIterable {
        case out
        case `in`
        case both
    }
}

extension ResolvedFault {
    /// Whether it is about what nodes say to each other, and not about nodes themselves.
    package var isOfLinks: Bool {
        switch action {
        case .cut, .degrade: true
        case .kill, .stop, .pause, .restart, .skew: false
        }
    }

    /// The links it touches; nil if it is not about links.
    package var edges: Edges? {
        switch action {
        case .cut(let edges, _), .degrade(let edges, _): edges
        case .kill, .stop, .pause, .restart, .skew: nil
        }
    }

    /// What every node of a fault of links is told, in the order of the nodes.
    package var linkOrders: [LinkOrder] {
        switch action {
        case .cut(let edges, let mode): edges.orders { .cut(mode, $0) }
        case .degrade(let edges, let quality): edges.orders { _ in .degrade(quality) }
        case .kill, .stop, .pause, .restart, .skew: []
        }
    }
}

extension ResolvedFault.Edges {
    /// Those at either end of an edge, in order.
    package var nodes: [Int] { Set(from).union(to).sorted() }

    fileprivate func orders(_ effect: (LinkOrder.Way) -> LinkOrder.Effect) -> [LinkOrder] {
        let (senders, receivers) = (Set(from), Set(to))
        return nodes.compactMap { node in
            let outward = senders.contains(node) ? receivers.subtracting([node]) : []
            let inward = receivers.contains(node) ? senders.subtracting([node]) : []
            guard isOneWay else {
                let peers = outward.union(inward)
                guard !peers.isEmpty else { return nil }
                return LinkOrder(node: node, peers: peers.sorted(), effect: effect(.both))
            }
            // Who stands on both sides keeps what it says to itself; what it would hear, the others
            // keep to themselves.
            if !outward.isEmpty {
                return LinkOrder(node: node, peers: outward.sorted(), effect: effect(.out))
            }
            guard !inward.isEmpty else { return nil }
            return LinkOrder(node: node, peers: inward.sorted(), effect: effect(.in))
        }
    }

    /// The first `limit` pairs of nodes whose links are touched, each pair once, and how many there
    /// are in all.
    package func pairs(limit: Int) -> (first: [(from: Int, to: Int)], count: Int) {
        let (senders, receivers) = (Set(from), Set(to))
        var first: [(from: Int, to: Int)] = []
        var count = 0
        for sender in from {
            for receiver in to where sender != receiver {
                // Of two on both sides, the pair comes up a second time the other way round.
                let isTwice = receivers.contains(sender) && senders.contains(receiver)
                if !isOneWay, isTwice, sender > receiver { continue }
                count += 1
                if first.count < limit { first.append((sender, receiver)) }
            }
        }
        return (first, count)
    }
}
