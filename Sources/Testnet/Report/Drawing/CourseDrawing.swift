import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// How many cold, warm and hot peers the nodes had over the run, one below the other on one axis of
/// time, with the faults as bands behind them and the heights of the chain at the top.
///
/// Of a large network the nodes of a group, or of a role, are put together: the mean of those that
/// were up.
struct CourseDrawing {
    /// Rows that are drawn.
    static let rowLimit = 40
    private static let width = 1000.0
    private static let left = 150.0
    private static let right = 980.0
    private static let rowHeight = 34.0
    private static let top = 30.0

    private struct Row {
        var name: String
        /// Cold, warm and hot; nil where nobody of it was up.
        var samples: [(cold: Double, warm: Double, hot: Double)?]
    }

    private let report: RunReport
    private let rows: [Row]
    private let time: Scale

    init(_ report: RunReport) {
        self.report = report
        rows = Self.rows(report)
        let chronicle = report.chronicle
        let first = chronicle.origin.duration(to: chronicle.beganAt).inSeconds
        let last = chronicle.origin.duration(to: chronicle.endsAt).inSeconds
        time = Scale(first...max(last, first), from: Self.left, to: Self.right)
    }

    var isByNode: Bool { report.manifest.nodes.count <= Self.rowLimit }

    private static func rows(_ report: RunReport) -> [Row] {
        let nodes = report.manifest.nodes
        guard nodes.count > rowLimit else {
            return nodes.indices.map { row(nodes[$0].name, [$0], report.chronicle.course) }
        }
        let groupCount = Set(nodes.map(\.group)).count
        let names = nodes.map { groupCount <= rowLimit ? $0.group : $0.role.rawValue }
        var order: [String] = []
        var members: [String: [Int]] = [:]
        for (number, name) in names.enumerated() {
            if members[name] == nil { order.append(name) }
            members[name, default: []].append(number)
        }
        return order.map { name in
            let nodes = members[name] ?? []
            return row("\(name) × \(nodes.count)", nodes, report.chronicle.course)
        }
    }

    private static func row(_ name: String, _ nodes: [Int], _ course: Course) -> Row {
        Row(
            name: name,
            samples: course.samples.map { sample in
                var (sum, count) = ((cold: 0.0, warm: 0.0, hot: 0.0), 0.0)
                for node in nodes {
                    guard let standing = sample.standings[node] else { continue }
                    count += 1
                    sum.cold += Double(standing.cold)
                    sum.warm += Double(standing.warm)
                    sum.hot += Double(standing.hot)
                }
                return count == 0
                    ? nil : (sum.cold / count, sum.warm / count, sum.hot / count)
            }
        )
    }

    private var hasChain: Bool { report.chronicle.course.samples.contains { $0.highest != nil } }

    func draw(into markup: inout Markup) {
        let chainHeight = hasChain ? 70.0 : 0
        let bottom = Self.top + chainHeight + Double(rows.count) * Self.rowHeight
        let frame: [Markup.Attribute] = [
            ("viewBox", "0 0 \(mark(Self.width)) \(mark(bottom + 30))"), ("role", "img"),
            ("aria-label", "Cold, warm and hot peers over time"), ("class", "wide"),
        ]
        markup.element("svg", frame) { markup in
            drawAxis(bottom: bottom, into: &markup)
            drawFaults(bottom: bottom, into: &markup)
            if hasChain {
                let frame = Frame(
                    left: Self.left,
                    top: Self.top,
                    width: Self.right - Self.left,
                    height: chainHeight - 14
                )
                drawHeights(frame, into: &markup)
            }
            let most =
                rows.flatMap(\.samples).compactMap { $0.map { $0.cold + $0.warm + $0.hot } }
                .max() ?? 1
            for (number, row) in rows.enumerated() {
                let top = Self.top + chainHeight + Double(number) * Self.rowHeight
                draw(row, top: top, most: max(1, most), into: &markup)
            }
        }
        markup.line()
    }

    private func drawAxis(bottom: Double, into markup: inout Markup) {
        for value in time.marks(10) {
            let x = mark(time(value))
            markup.element(
                "path",
                [("class", "g"), ("d", "M\(x) \(mark(Self.top))V\(mark(bottom))")]
            )
            markup.element(
                "text",
                [("class", "s m"), ("x", x), ("y", mark(bottom + 18))],
                text: value < 0 ? "−" + (-value).timeWords : value.timeWords
            )
        }
        markup.line()
    }

    private func drawFaults(bottom: Double, into markup: inout Markup) {
        for fault in report.faults {
            let (from, to) = (time(fault.from.inSeconds), time(fault.to.inSeconds))
            markup.element(
                "rect",
                [
                    ("class", "fault"), ("x", mark(from)), ("y", mark(Self.top - 14)),
                    ("width", mark(max(1.5, to - from))), ("height", mark(bottom - Self.top + 14)),
                ]
            ) { $0.element("title", text: fault.words) }
            markup.element(
                "text",
                [("class", "s halo"), ("x", mark(from + 3)), ("y", mark(Self.top - 4))],
                text: fault.name
            )
        }
        markup.line()
    }

    /// From the lowest to the greatest height of those that told.
    private func drawHeights(_ frame: Frame, into markup: inout Markup) {
        let course = report.chronicle.course
        let most = Double(course.samples.compactMap(\.highest).max() ?? 1)
        let scale = Scale(0...max(1, most), from: frame.bottom, to: frame.top)
        var (upper, lower) = ([Spot](), [Spot]())
        for (place, sample) in course.samples.enumerated() {
            guard let lowest = sample.lowest, let highest = sample.highest else { continue }
            upper.append(Spot(x: x(place), y: scale(Double(highest))))
            lower.append(Spot(x: x(place), y: scale(Double(lowest))))
        }
        guard let first = upper.first else { return }
        let line = "M" + first.text + upper.dropFirst().map { "L" + $0.text }.joined()
        let area = line + lower.reversed().map { "L" + $0.text }.joined() + "Z"
        markup.element("path", [("d", area), ("style", "fill:var(--accent);opacity:.25")])
        markup.element(
            "path",
            [
                ("class", "l"), ("d", line), ("style", "stroke:var(--accent)"),
                ("stroke-width", "1.6"),
            ]
        )
        label("height 0–\(Int(most))", at: frame.bottom, into: &markup)
    }

    private func label(_ words: String, at y: Double, into markup: inout Markup) {
        markup.element(
            "text",
            [("class", "e"), ("x", mark(Self.left - 10)), ("y", mark(y))],
            text: words.count > 20 ? words.prefix(19) + "…" : words
        )
    }

    private func x(_ sample: Int) -> Double {
        let chronicle = report.chronicle
        return time(chronicle.origin.duration(to: chronicle.course.instant(sample)).inSeconds)
    }

    /// Hot at the bottom, warm and cold on top of it.
    private func draw(_ row: Row, top: Double, most: Double, into markup: inout Markup) {
        let height = Self.rowHeight - 6
        let bottom = top + height
        label(row.name, at: bottom - 8, into: &markup)
        let layers: [(String, ((cold: Double, warm: Double, hot: Double)) -> Double)] = [
            ("cold", { $0.cold + $0.warm + $0.hot }), ("warm", { $0.warm + $0.hot }),
            ("hot", { $0.hot }),
        ]
        for (name, value) in layers {
            let path = area(row.samples.map { $0.map { value($0) / most } }, bottom, height)
            if !path.isEmpty { markup.element("path", [("class", name), ("d", path)]) }
        }
        markup.line()
    }

    /// Steps that go only where the value changes; nothing where there is none.
    private func area(_ shares: [Double?], _ bottom: Double, _ height: Double) -> String {
        var path = ""
        var last: String?
        for (place, share) in shares.enumerated() {
            let y = share.map { mark(bottom - $0 * height) }
            guard y != last else { continue }
            let left = mark(place == 0 ? Self.left : x(place - 1))
            if last != nil { path += "H\(left)" }
            if let y {
                path += last == nil ? "M\(left) \(mark(bottom))V\(y)" : "V\(y)"
            } else {
                path += "V\(mark(bottom))Z"
            }
            last = y
        }
        if last != nil { path += "H\(mark(Self.right))V\(mark(bottom))Z" }
        return path
    }
}

extension RunReport {
    /// A fault of the timetable, in time since t = 0.
    struct FaultSpan: Hashable {
        var name: String
        var from: Duration
        var to: Duration
        var isHealed: Bool

        var words: String {
            "\(name): from t=\(DurationText.point(from)) "
                + (isHealed ? "to t=\(DurationText.point(to))" : "to the end")
        }
    }

    /// In the order of their beginnings.
    var faults: [FaultSpan] {
        chronicle.network.faults.map { name, fault in
            FaultSpan(
                name: name,
                from: chronicle.origin.duration(to: fault.startedAt),
                to: chronicle.origin.duration(to: fault.healedAt ?? chronicle.endsAt),
                isHealed: fault.healedAt != nil
            )
        }.sorted { ($0.from, $0.name) < ($1.from, $1.name) }
    }
}
