import WarrenObservation
import WarrenPrimitives
import WarrenScenario

// MARK: - As people read it in a terminal

extension RunReport {
    /// All but the header line and where the run lies.
    package func lines(paint: Paint = .none) -> [String] {
        var lines = ["  " + summary, ""]
        lines += facts(paint)
        if propagation.blocks.count + propagation.transactionCount > 0 {
            lines += [""] + centiles(paint)
        }
        if !verdicts.isEmpty {
            lines.append("")
            for verdict in verdicts { lines += verdict.lines(width: verdicts.width, paint: paint) }
        }
        lines += conduct(paint)
        if let spread {
            lines += ["", "  " + paint(.bold, title(of: spread)), "  " + choiceWords, ""]
            lines += SpreadText(spread, name: name).lines(paint: paint)
        }
        return lines
    }

    var summary: String {
        let time = DurationText.span(length)
        let since = chronicle.network.zero == nil ? "never all healthy" : "from t = 0"
        return "\(counted(manifest.nodes.count, "node")): \(roles) · \(time) \(since)"
    }

    /// As `block 12 (a91f0c2) of slot 24 by producer-1: 812 bytes, 3 transactions`.
    func title(of spread: BlockSpread) -> String {
        let block = spread.block
        return "block \(block.height) (\(block.hash.short)) of slot \(block.slot) by "
            + "\(name(spread.producer).printable): \(counted(spread.bytes, "byte")), "
            + counted(spread.transactionCount, "transaction")
    }

    /// What happened to the chain, and what it cost, each with its name.
    var figures: [(name: String, words: String)] {
        let forks = chronicle.forks
        guard forks.madeCount > 0 else { return [("chain", "no block was made")] }
        var chain = "height \(chronicle.height)"
        if let rate = blocksPerMinuteHundredths {
            chain += " · \(rate / 100).\(rate % 100 / 10) blocks a minute"
        }
        var words = "\(counted(lostCount, "block")) lost to forks · "
        words += counted(forks.rollbackCount, "rollback")
        if forks.rollbackCount > 0 { words += ", deepest \(forks.deepestRollback)" }
        let count = forks.equivocations.count
        words += " · " + (count == 0 ? "no equivocation" : counted(count, "equivocation"))
        let cost = propagation.cost
        let bodies = cost.duplicateDeliveryCount
        let received =
            "\(counted(cost.duplicateAnnouncementCount, "header")) and "
            + "\(bodies == 1 ? "1 body" : "\(bodies) bodies") more than needed · "
            + "\(DelayText.ratio(cost.receivedBytes, to: cost.usefulBytes)) bytes of bodies for one "
            + "adopted"
        return [("chain", chain), ("forks", words), ("received", received)]
    }

    private func facts(_ paint: Paint) -> [String] {
        let width = figures.map(\.name.count).max() ?? 0
        return figures.map { "  " + paint(.faint, $0.name.padded(to: width)) + "  " + $0.words }
    }

    /// Rows of the table of centiles, with what each is about.
    var centileRows: [(name: String, about: String, count: Int, delays: Delays)] {
        [
            ("blocks", "made to adopted", propagation.blocks.count, propagation.blockDelays),
            (
                "transactions", "submitted to seen", propagation.transactionCount,
                propagation.transactionDelays
            ),
            (
                "inclusion", "submitted to adopted in a block", propagation.includedCount,
                propagation.inclusionDelays
            ),
        ].filter { $0.2 > 0 || !$0.3.times.isEmpty }
    }

    private func centiles(_ paint: Paint) -> [String] {
        var table = TextTable(
            [
                .init(head: "PROPAGATION"), .init(head: "FROM … TO"),
                .init(head: "OF", isNumber: true),
                .init(head: "PAIRS", isNumber: true), .init(head: "MISSING", isNumber: true),
            ]
                + Expectation.Centile.allCases.map {
                    .init(head: $0.rawValue.uppercased(), isNumber: true)
                }
        )
        for row in centileRows {
            let head = [
                row.name, row.about, "\(row.count)", "\(row.delays.pairCount)",
                "\(row.delays.missingCount)",
            ]
            table.append(
                head + Expectation.Centile.allCases.map { DelayText.words(row.delays[$0]) }
            )
        }
        var hops = TextTable([
            .init(head: "HOPS", isNumber: true), .init(head: "ADOPTIONS", isNumber: true),
            .init(head: "SHARE", isNumber: true),
        ])
        let total = propagation.hopCounts.reduce(0, +) + propagation.strayCount
        for (count, nodes) in propagation.hopCounts.enumerated() where nodes > 0 {
            hops.append(["\(count)", "\(nodes)", DelayText.share(nodes, of: total)])
        }
        if propagation.strayCount > 0 {
            let count = propagation.strayCount
            hops.append(["unknown", "\(count)", DelayText.share(count, of: total)])
        }
        let lines = Self.faintHead(table.lines, paint)
        return total == 0 ? lines : lines + [""] + Self.faintHead(hops.lines, paint)
    }

    static func faintHead(_ lines: [String], _ paint: Paint) -> [String] {
        lines.prefix(1).map { paint(.faint, $0) } + lines.dropFirst()
    }

    private func conduct(_ paint: Paint) -> [String] {
        ConductText(
            chronicle.network.conduct,
            names: manifest.nodes.map(\.name),
            zero: chronicle.network.zero
        ).lines(paint: paint)
    }
}
