import Glibc
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// Who had whom hot: the nodes on a circle, those of a region beside each other, and a chord for
/// every pair.
///
/// Of a large network nodes are put together in sectors of the circle, and a chord is the broader
/// the more connections there are between two.
struct TopologyDrawing {
    /// Nodes that have a place of their own.
    static let nodeLimit = 120
    /// Sectors of a larger network.
    static let sectorCount = 60
    static let size = Spot(x: 1000, y: 760)

    private let manifest: NetworkManifest
    private let topology: Course.Topology
    private let regions: Regions
    /// Nodes in the order in which they stand on the circle, in as many places as there are.
    private let places: [[Int]]
    private let centre = Spot(x: 500, y: 390)
    private let radius = 300.0

    init(_ manifest: NetworkManifest, _ topology: Course.Topology) {
        self.manifest = manifest
        self.topology = topology
        regions = Regions(manifest)
        let regions = regions
        let order = manifest.nodes.indices.sorted {
            (regions.number($0), $0) < (regions.number($1), $1)
        }
        if order.count <= Self.nodeLimit {
            places = order.map { [$0] }
        } else {
            places = (0..<Self.sectorCount).map { sector in
                let first = sector * order.count / Self.sectorCount
                return Array(order[first..<(sector + 1) * order.count / Self.sectorCount])
            }
        }
    }

    private var isAggregated: Bool { manifest.nodes.count > Self.nodeLimit }

    var caption: String {
        let pairs = Set(topology.edges.map { [min($0.from, $0.to), max($0.from, $0.to)] }).count
        let text = "\(counted(pairs, "pair")) of nodes of which one had the other hot"
        return isAggregated
            ? text
                + "; \(Self.sectorCount) sectors of \(manifest.nodes.count) nodes, a chord is the "
                + "broader the more pairs there are" : text
    }

    func draw(into markup: inout Markup) {
        let frame: [Markup.Attribute] = [
            ("viewBox", "0 0 \(mark(Self.size.x)) \(mark(Self.size.y))"), ("role", "img"),
            ("aria-label", "Hot connections of the network"), ("class", "wide"),
        ]
        markup.element("svg", frame) { markup in
            drawChords(into: &markup)
            for place in places.indices { drawPlace(place, into: &markup) }
            markup.line()
            regions.drawLegend(at: Spot(x: 30, y: 30), width: 940, into: &markup)
        }
        markup.line()
    }

    private func spot(_ place: Int, _ radius: Double) -> Spot {
        let angle = (Double(place) + 0.5) / Double(max(1, places.count)) * 2 * .pi - .pi / 2
        return Spot(x: centre.x + cos(angle) * radius, y: centre.y + sin(angle) * radius)
    }

    private func drawChords(into markup: inout Markup) {
        var home = [Int](repeating: 0, count: manifest.nodes.count)
        for (place, nodes) in places.enumerated() { for node in nodes { home[node] = place } }
        var seen: Set<[Int]> = []
        var weights: [[Int]: Int] = [:]
        for edge in topology.edges
        where seen.insert([min(edge.from, edge.to), max(edge.from, edge.to)]).inserted {
            let (a, b) = (home[edge.from], home[edge.to])
            weights[[min(a, b), max(a, b)], default: 0] += 1
        }
        let most = Double(weights.values.max() ?? 1)
        let chords = weights.sorted { ($0.key[0], $0.key[1]) < ($1.key[0], $1.key[1]) }
        for (ends, weight) in chords where ends[0] != ends[1] {
            let region = regions.number(places[ends[0]].first ?? 0)
            let isWithin = region == regions.number(places[ends[1]].first ?? 0)
            let pull = Spot(
                x: (spot(ends[0], radius).x + spot(ends[1], radius).x) / 4 + centre.x / 2,
                y: (spot(ends[0], radius).y + spot(ends[1], radius).y) / 4 + centre.y / 2
            )
            let path = "M\(spot(ends[0], radius).text)Q\(pull.text) \(spot(ends[1], radius).text)"
            markup.element(
                "path",
                [
                    ("class", "l " + (isWithin ? Palette.stroke(region) : "between")), ("d", path),
                    ("stroke-width", mark(isAggregated ? 0.4 + 3.6 * Double(weight) / most : 1.4)),
                    ("opacity", isAggregated ? "0.35" : places.count > 40 ? "0.4" : "0.6"),
                ]
            )
            markup.line()
        }
    }

    private func drawPlace(_ place: Int, into markup: inout Markup) {
        guard let first = places[place].first else { return }
        let spot = spot(place, radius)
        let nodes = places[place]
        let hot = topology.edges.count { edge in nodes.contains(edge.from) }
        let title =
            nodes.count == 1
            ? "\(manifest.nodes[first].name) · \(hot) hot"
            : "\(manifest.nodes[first].name) … \(manifest.nodes[nodes[nodes.count - 1]].name) · "
                + "\(nodes.count) nodes · \(hot) hot"
        let isProducer = nodes.contains { manifest.nodes[$0].role == .blockProducer }
        markup.element(
            "circle",
            [
                ("class", Palette.fill(regions.number(first))), ("cx", mark(spot.x)),
                ("cy", mark(spot.y)), ("r", isProducer ? "7" : "5"),
            ]
        ) { $0.element("title", text: title) }
        guard places.count <= 60, nodes.count == 1 else { return }
        let label = self.spot(place, radius + 14)
        let isLeft = label.x < centre.x - 1
        let isMiddle = abs(label.x - centre.x) < 1
        markup.element(
            "text",
            [
                ("class", isMiddle ? "m" : isLeft ? "e" : nil), ("x", mark(label.x)),
                ("y", mark(label.y + (isMiddle && label.y < centre.y ? -2 : 4))),
            ],
            text: manifest.nodes[first].name
        )
    }
}
