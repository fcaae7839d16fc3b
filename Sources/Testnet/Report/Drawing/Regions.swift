import WarrenScenario

/// How nodes are put together in drawings: by region, or by group where there are no regions.
struct Regions {
    /// In the order of their first node.
    private(set) var names: [String] = []
    /// Of each node the number of its region.
    private(set) var numbers: [Int] = []

    init(_ manifest: NetworkManifest) {
        let isByRegion = manifest.nodes.contains { $0.region != nil }
        var places: [String: Int] = [:]
        for node in manifest.nodes {
            let name = isByRegion ? node.region ?? "no region" : node.group
            if places[name] == nil {
                places[name] = names.count
                names.append(name)
            }
            numbers.append(places[name] ?? 0)
        }
    }

    func number(_ node: Int) -> Int { numbers.indices.contains(node) ? numbers[node] : 0 }

    /// Regions that a legend names; more share colours anyhow.
    static let legendLimit = Palette.regionCount

    /// A row of dots and names from `spot` on; returns how far it goes.
    func drawLegend(at spot: Spot, width: Double, into markup: inout Markup) {
        var (x, y) = (spot.x, spot.y)
        for (number, name) in names.prefix(Self.legendLimit).enumerated() {
            let label = name.count > 24 ? name.prefix(23) + "…" : name
            let length = 28 + 7.5 * Double(label.count)
            if x + length > spot.x + width {
                x = spot.x
                y += 18
            }
            markup.element(
                "circle",
                [
                    ("class", Palette.fill(number)), ("cx", mark(x + 5)), ("cy", mark(y - 4)),
                    ("r", "5"),
                ]
            )
            markup.element(
                "text",
                [("class", "s"), ("x", mark(x + 15)), ("y", mark(y))],
                text: String(label)
            )
            x += length
        }
        guard names.count > Self.legendLimit else { return }
        markup.element(
            "text",
            [("class", "s"), ("x", mark(x)), ("y", mark(y))],
            text: "and \(names.count - Self.legendLimit) more"
        )
    }
}
