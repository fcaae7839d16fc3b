import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// The report of a run as one page of HTML: nothing is loaded from elsewhere, and no script runs.
///
/// It is well-formed XML as well. The same recording makes the same page.
package struct RunPage {
    private let report: RunReport

    package init(_ report: RunReport) { self.report = report }

    package var text: String {
        var markup = Markup()
        markup.raw("<!DOCTYPE html>\n")
        markup.element("html", [("lang", "en"), ("xmlns", "http://www.w3.org/1999/xhtml")]) {
            markup in
            markup.element("head") { head(into: &$0) }
            markup.line()
            markup.element("body") { markup in
                markup.element("main") { body(into: &$0) }
            }
        }
        return markup.text + "\n"
    }

    private func head(into markup: inout Markup) {
        markup.element("meta", [("charset", "utf-8")])
        markup.element(
            "meta",
            [("name", "viewport"), ("content", "width=device-width, initial-scale=1")]
        )
        markup.element("title", text: "\(report.manifest.name) · seed \(report.manifest.seed)")
        markup.line()
        markup.raw(
            "<style>\n\(Palette.variables)\n\(Palette.drawing)\n\(PageStyle.rules)\n</style>"
        )
    }

    private func body(into markup: inout Markup) {
        markup.element("h1", text: report.manifest.name)
        let manifest = report.manifest
        markup.element(
            "p",
            [("class", "soft")],
            text: "\(report.summary) · seed \(manifest.seed) · engine \(manifest.engine.rawValue)"
        )
        tiles(into: &markup)
        verdicts(into: &markup)
        propagation(into: &markup)
        spread(into: &markup)
        topology(into: &markup)
        course(into: &markup)
        markup.element(
            "footer",
            text:
                "Times are on the observer's clock. A centile is by nearest rank over all pairs of a "
                + "block and a node that was up when the block was made."
        )
    }

    // MARK: Sections

    private func tiles(into markup: inout Markup) {
        let (forks, delays) = (report.chronicle.forks, report.propagation.blockDelays)
        var tiles = [("nodes", "\(report.manifest.nodes.count)")]
        let held = report.verdicts.count { $0.verdict == "held" }
        if !report.verdicts.isEmpty {
            tiles.append(("expectations held", "\(held) of \(report.verdicts.count)"))
        }
        if forks.madeCount > 0 {
            tiles.append(("height", "\(report.chronicle.height)"))
            if let rate = report.blocksPerMinuteHundredths {
                tiles.append(("blocks a minute", "\(rate / 100).\(rate % 100 / 10)"))
            }
            tiles += [
                ("median to adopt a block", DelayText.words(delays[.p50])),
                ("p95 to adopt a block", DelayText.words(delays[.p95])),
                ("blocks lost to forks", "\(report.lostCount)"),
                ("equivocations", "\(forks.equivocations.count)"),
            ]
        }
        let errors = report.chronicle.network.conduct.offences.count
        if errors > 0 { tiles.append(("errors of nodes", "\(errors)")) }
        markup.line()
        markup.element("div", [("class", "tiles")]) { markup in
            for (name, value) in tiles {
                markup.element("div", [("class", "tile")]) { markup in
                    markup.element("b", text: value)
                    markup.element("span", text: name)
                }
            }
        }
    }

    private func section(
        _ title: String,
        _ words: String? = nil,
        into markup: inout Markup,
        content: (inout Markup) -> Void
    ) {
        markup.line()
        markup.element("section") { markup in
            markup.element("h2", text: title)
            if let words { markup.element("p", [("class", "soft")], text: words) }
            markup.element("div", [("class", "card")]) { content(&$0) }
        }
    }

    private func verdicts(into markup: inout Markup) {
        guard !report.verdicts.isEmpty else { return }
        section("Expectations", into: &markup) { markup in
            markup.element("table") { markup in
                for row in report.verdicts {
                    let word = row.verdict ?? "open"
                    markup.element("tr") { markup in
                        markup.element("td", [("class", Self.verdictClass(word))], text: word)
                        markup.element("td") { markup in
                            markup.element("code", text: row.expectation)
                            guard let sentence = row.sentence else { return }
                            markup.element("div", [("class", "soft")], text: sentence)
                        }
                    }
                }
            }
        }
    }

    private static func verdictClass(_ word: String) -> String {
        ["held", "broken", "unknown"].contains(word) ? word : "open"
    }

    private func propagation(into markup: inout Markup) {
        guard report.chronicle.forks.madeCount > 0 || report.propagation.transactionCount > 0 else {
            return
        }
        section("Propagation", into: &markup) { markup in
            centiles(into: &markup)
            for figure in report.figures {
                markup.element("p", [("class", "soft")], text: "\(figure.name): \(figure.words)")
            }
        }
        let lines = report.propagation.blocks.map { AdoptionPlot.Line($0) }
        if lines.contains(where: { $0.count > 0 }) {
            let words =
                "A faint line for each block (at most the last \(AdoptionPlot.lineLimit)), a "
                + "bold one for their median: the share of nodes that had adopted it, by the time since "
                + "it was made."
            section("Adoption over time", words, into: &markup) { markup in
                let frame: [Markup.Attribute] = [
                    ("viewBox", "0 0 1000 330"), ("class", "wide"), ("role", "img"),
                    ("aria-label", "Share of nodes over time"),
                ]
                markup.element("svg", frame) { markup in
                    AdoptionPlot(
                        lines: lines,
                        frame: Frame(left: 60, top: 12, width: 920, height: 285)
                    ).draw(into: &markup)
                }
            }
        }
        hops(into: &markup)
    }

    private func centiles(into markup: inout Markup) {
        let heads = ["", "of", "pairs", "missing"] + Expectation.Centile.allCases.map(\.rawValue)
        markup.element("table") { markup in
            markup.element("tr") { markup in
                for (place, head) in heads.enumerated() {
                    markup.element("th", [("class", place == 0 ? nil : "n")], text: head)
                }
            }
            for row in report.centileRows {
                let cells =
                    ["\(row.count)", "\(row.delays.pairCount)", "\(row.delays.missingCount)"]
                    + Expectation.Centile.allCases.map { DelayText.words(row.delays[$0]) }
                markup.element("tr") { markup in
                    markup.element("td", text: "\(row.name): \(row.about)")
                    for cell in cells { markup.element("td", [("class", "n")], text: cell) }
                }
            }
        }
    }

    private func hops(into markup: inout Markup) {
        let counts = report.propagation.hopCounts
        let total = counts.reduce(0, +) + report.propagation.strayCount
        guard total > 0 else { return }
        let rows = counts.enumerated().filter { $0.element > 0 }.map {
            ("\($0.offset)", $0.element)
        }
        let strays = report.propagation.strayCount
        section("Hops from the producer", into: &markup) { markup in
            markup.element("table") { markup in
                for (name, count) in rows + (strays > 0 ? [("unknown", strays)] : []) {
                    markup.element("tr") { markup in
                        markup.element("td", [("class", "n")], text: name)
                        markup.element("td", [("style", "width:75%")]) { markup in
                            let width = mark(Double(count) / Double(total) * 100)
                            markup.element(
                                "span",
                                [("class", "bar"), ("style", "width:\(width)%")]
                            ) { _ in }
                        }
                        markup.element("td", [("class", "n")], text: "\(count)")
                        markup.element(
                            "td",
                            [("class", "n")],
                            text: DelayText.share(count, of: total)
                        )
                    }
                }
            }
        }
    }

    private func spread(into markup: inout Markup) {
        guard let picture = SpreadPicture(report) else { return }
        let words =
            "The producer in the middle, every node as far out as it was late; a line leads to "
            + "it from the one that gave it the block. Shown: \(report.choiceWords)."
        section("The way of one block", words, into: &markup) { picture.inline(into: &$0) }
    }

    private func topology(into markup: inout Markup) {
        let topology = report.chronicle.topology
        guard let at = topology.at, topology.upCount > 0 else { return }
        let drawing = TopologyDrawing(report.manifest, topology)
        let time = DurationText.point(report.chronicle.origin.duration(to: at))
        let words = "At t=\(time), with \(topology.upCount) nodes up: \(drawing.caption)."
        section("Hot connections", words, into: &markup) { drawing.draw(into: &$0) }
    }

    private func course(into markup: inout Markup) {
        let drawing = CourseDrawing(report)
        markup.line()
        markup.element("section") { markup in
            markup.element("h2", text: "Peers over time")
            markup.element("p", [("class", "soft key")]) { markup in
                let about = drawing.isByNode ? "Of each node" : "The mean of the nodes of each kind"
                markup.put("\(about), on one scale; bands are faults.")
                for name in ["cold", "warm", "hot"] {
                    markup.element("i", [("style", "background:var(--\(name))")]) { _ in }
                    markup.put(name)
                }
            }
            markup.element("div", [("class", "card")]) { drawing.draw(into: &$0) }
        }
    }
}
