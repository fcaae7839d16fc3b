import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// The way of one block as a picture: rings of time around its producer, and below them how large a
/// share of the nodes had adopted it when.
package struct SpreadPicture {
    /// Nodes that are all called by name.
    static let nameLimit = 40
    static let size = Spot(x: 1000, y: 1240)

    private let report: RunReport
    private let spread: BlockSpread
    private let regions: Regions
    private let layout: RadialLayout

    private static let centre = Spot(x: 500, y: 545)
    private static let radius = 420.0

    /// Nil if the report has no block to show.
    package init?(_ report: RunReport) {
        guard let spread = report.spread else { return nil }
        self.report = report
        self.spread = spread
        regions = Regions(report.manifest)
        layout = RadialLayout(spread, regions: regions, centre: Self.centre, radius: Self.radius)
    }

    /// A file of its own: nothing outside it is needed.
    package var standalone: String {
        var markup = Markup()
        markup.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        markup.element("svg", Self.frame + [("xmlns", "http://www.w3.org/2000/svg")]) { markup in
            markup.element("title", text: label)
            markup.raw("<style>\(Palette.drawing)</style>")
            markup.line()
            markup.element(
                "rect",
                [
                    ("width", mark(Self.size.x)), ("height", mark(Self.size.y)),
                    ("style", "fill:var(--paper)"),
                ]
            )
            markup.line()
            draw(into: &markup)
        }
        return Palette.plain(markup.text) + "\n"
    }

    private static var frame: [Markup.Attribute] {
        [("viewBox", "0 0 \(mark(size.x)) \(mark(size.y))"), ("role", "img")]
    }

    /// As part of a page that has the colours.
    func inline(into markup: inout Markup) {
        markup.element("svg", Self.frame + [("aria-label", label), ("class", "wide")]) { markup in
            draw(into: &markup)
        }
    }

    private var label: String { "The way of \(report.title(of: spread))" }

    private func draw(into markup: inout Markup) {
        let reached = spread.stops.count - 1
        let whole = reached + spread.missing.count
        markup.element(
            "text",
            [("class", "t"), ("x", "30"), ("y", "40")],
            text: report.title(of: spread)
        )
        markup.element(
            "text",
            [("class", "s"), ("x", "30"), ("y", "62")],
            text: "\(report.manifest.name) · came to \(reached) of \(whole) other nodes, over "
                + "\(counted(spread.depth, "hop")) at most · the last adoption after "
                + DelayText.words(spread.lastAdoption)
        )
        regions.drawLegend(at: Spot(x: 30, y: 86), width: 940, into: &markup)
        drawRings(into: &markup)
        drawEdges(into: &markup)
        drawSlowest(into: &markup)
        drawNodes(into: &markup)
        AdoptionPlot(
            lines: [.init(spread, nodeCount: whole)],
            frame: .init(left: 70, top: 1030, width: 900, height: 160)
        ).draw(into: &markup)
    }

    private func drawRings(into markup: inout Markup) {
        for time in layout.scale.marks(7) where time > 0 {
            let radius = layout.scale(time)
            markup.element(
                "circle",
                [
                    ("class", "ring"), ("cx", mark(Self.centre.x)), ("cy", mark(Self.centre.y)),
                    ("r", mark(radius)),
                ]
            )
            markup.element(
                "text",
                [
                    ("class", "s m halo"), ("x", mark(Self.centre.x)),
                    ("y", mark(Self.centre.y - radius - 3)),
                ],
                text: time.timeWords
            )
        }
        markup.line()
    }

    /// Of all nodes of a region one path, so that a large picture stays small.
    private func drawEdges(into markup: inout Markup) {
        var paths: [Int: String] = [:]
        for (parent, children) in spread.children.enumerated() {
            for child in children {
                let region = regions.number(spread.stops[child].node)
                paths[region, default: ""] += layout.curve(from: parent, to: child)
            }
        }
        let (width, opacity) =
            switch spread.stops.count {
            case ...Self.nameLimit: ("1.8", "0.8")
            case ...200: ("1.3", "0.6")
            default: ("0.8", "0.45")
            }
        for (region, path) in paths.sorted(by: { $0.key < $1.key }) {
            markup.element(
                "path",
                [
                    ("class", "l \(Palette.stroke(region))"), ("d", path),
                    ("stroke-width", width), ("opacity", opacity),
                ]
            )
            markup.line()
        }
    }

    /// The way to the node that was last.
    private func drawSlowest(into markup: inout Markup) {
        let way = spread.slowestWay
        guard way.count > 1 else { return }
        let path = zip(way, way.dropFirst()).map { layout.curve(from: $0, to: $1) }.joined()
        markup.element(
            "path",
            [("class", "l"), ("d", path), ("stroke-width", "2.4"), ("style", "stroke:var(--hot)")]
        )
        markup.line()
    }

    private func drawNodes(into markup: inout Markup) {
        let isLarge = spread.stops.count > Self.nameLimit
        let size = isLarge ? (spread.stops.count > 400 ? 2.6 : 3.6) : 5.5
        let last = spread.slowestWay.last
        for place in spread.stops.indices.reversed() {
            let stop = spread.stops[place]
            let spot = layout.spot(place)
            let isStray = place > 0 && stop.hops == nil
            let title =
                "\(report.name(stop.node)) · \(DelayText.words(stop.adopted))"
                + (stop.hops.map { " · " + counted($0, "hop") } ?? "")
                + (stop.parent.map { " · from \(report.name($0))" } ?? "")
            markup.element(
                "circle",
                [
                    ("class", isStray ? "x" : Palette.fill(regions.number(stop.node))),
                    ("cx", mark(spot.x)), ("cy", mark(spot.y)), ("r", mark(place == 0 ? 8 : size)),
                ]
            ) { $0.element("title", text: title) }
            if !isLarge || place == 0 || place == last { drawName(place, spot, into: &markup) }
        }
        markup.line()
    }

    private func drawName(_ place: Int, _ spot: Spot, into markup: inout Markup) {
        let stop = spread.stops[place]
        let name = report.name(stop.node)
        let label = place == 0 ? name : "\(name) \(DelayText.words(stop.adopted))"
        let angle = layout.angles[place]
        let isOnLeft = layout.spot(angle: angle, radius: 1).x < Self.centre.x - 0.01
        // Outwards, unless it would leave the picture there.
        let length = 10 + 7.2 * Double(label.count)
        let isLeft = isOnLeft ? spot.x > length : spot.x + length > Self.size.x
        let turn = place == 0 ? "b m halo" : isLeft ? "e halo" : "halo"
        let (dx, dy) = place == 0 ? (0.0, 24.0) : (isLeft ? -10.0 : 10.0, 4.0)
        markup.element(
            "text",
            [("class", turn), ("x", mark(spot.x + dx)), ("y", mark(spot.y + dy))],
            text: label
        )
    }
}
