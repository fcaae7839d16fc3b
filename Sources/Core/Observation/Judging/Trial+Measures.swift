import WarrenPrimitives

// MARK: What is said of chains, shapes and centiles

extension Trial {
    /// As `relay-1, relay-2 at 12 (a91f0c2) | relay-3 at 11 (77b01de) | relay-4 down`.
    static func difference(_ agreement: Agreement, _ network: NetworkState) -> String {
        let groups = agreement.groups
        let shown = groups.prefix(namedLimit).map { group in
            names(group, network) + " " + (group.first.map { place(of: network.nodes[$0]) } ?? "")
        }
        let more = groups.count > namedLimit ? " | …" : ""
        return "the chains differed (\(shown.joined(separator: " | "))\(more))"
    }

    private static func place(of node: NodeState) -> String {
        guard node.isUp else { return "down" }
        guard !node.isInDoubt, let tip = node.chain.tip else { return "unknown" }
        return "at \(tip.height) (\(tip.hash.short))"
    }

    static func shape(_ gauge: GraphGauge, _ network: NetworkState) -> String {
        let graph = network.graph
        guard graph.partCount == 1 else { return parts(of: network) }
        let shape = GraphShape(graph)
        switch gauge.measure {
        case .diameter:
            guard let found = shape.diameter(upTo: .max) else { return parts(of: network) }
            let (from, to) = (shape.nodes[found.from], shape.nodes[found.to])
            return "the network had diameter \(found.length)"
                + (from == to ? "" : ", from \(network.name(from)) to \(network.name(to))")
        case .minCut:
            let cut = shape.minCut(upTo: shape.nodes.count)
            let side = cut.side.map { shape.nodes[$0] }.sorted()
            let rest = shape.nodes.filter { !side.contains($0) }
            let smaller = side.count <= rest.count ? side : rest
            return "the network had min-cut \(cut.size)"
                + (smaller.isEmpty ? "" : ", around \(names(smaller, network))")
        }
    }

    // MARK: Centiles

    private func items(_ spread: Expectation.Spread, _ network: NetworkState) -> [SpreadLog.Item] {
        guard let start = Window(expectation, in: network)?.start else { return [] }
        return SpreadGauge.items(spread, in: network.chain, since: start)
    }

    /// As `p90 of block propagation was 1204ms over 50 blocks and 300 pairs; …`.
    func delays(_ spread: Expectation.Spread, _ network: NetworkState) -> String {
        let items = items(spread, network)
        let name = "\(spread.centile.rawValue) of \(spread.subject.rawValue) propagation"
        let wanted = spread.last ?? 1
        guard items.count >= wanted else { return silence(spread, network) }
        let delays = Delays(items)
        var slowest: (item: SpreadLog.Item, node: Int, time: Duration)?
        var missing: (item: SpreadLog.Item, nodes: [Int])?
        for item in items {
            if let last = item.arrivals.last {
                let time = item.bornAt.duration(to: last.at)
                if time > slowest?.time ?? .nanoseconds(-1) { slowest = (item, last.node, time) }
            }
            if missing == nil, !item.waiting.isEmpty { missing = (item, item.waiting.sorted()) }
        }
        let value = delays[spread.centile].map(Self.spelled) ?? "not reached"
        var text = "\(name) was \(value) over \(items.count) \(spread.subject.rawValue)s"
        text += " and \(delays.pairCount) pairs"
        if let missing {
            text += "; \(Self.label(missing.item)) did not come to "
            text += Self.names(missing.nodes, network)
        } else if let slowest {
            text +=
                "; the slowest was \(Self.label(slowest.item)) to \(network.name(slowest.node)), "
            text += Self.spelled(slowest.time)
        }
        return text
    }

    func silence(_ spread: Expectation.Spread, _ network: NetworkState) -> String {
        let count = items(spread, network).count
        let wanted = spread.last ?? 1
        let noun = spread.subject.rawValue
        guard count >= wanted else {
            return "only \(count) of the \(wanted) \(noun)s that are asked for were "
                + (spread.subject == .block ? "on the chain of most nodes" : "submitted")
        }
        return "\(noun)s were still on their way"
    }

    private static func label(_ item: SpreadLog.Item) -> String {
        item.height > 0 ? "block \(item.height) (\(item.id.short))" : item.id.short
    }
}
