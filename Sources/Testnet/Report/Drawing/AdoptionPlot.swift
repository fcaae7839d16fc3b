import WarrenObservation
import WarrenPrimitives

/// A part of a drawing.
struct Frame: Hashable, Sendable {
    var left: Double
    var top: Double
    var width: Double
    var height: Double

    var right: Double { left + width }
    var bottom: Double { top + height }
}

/// How large a share of the nodes had adopted a block when: a faint line for each block, a bold one
/// for their median.
struct AdoptionPlot {
    /// Lines that are drawn; of more blocks the last.
    static let lineLimit = 200
    /// Steps that a line of many nodes is drawn with.
    static let stepLimit = 50

    struct Line: Hashable, Sendable {
        /// In seconds from the making of the block, in order.
        var times: [Double]
        /// Nodes that were to have it.
        var count: Int

        init(times: [Double], count: Int) {
            self.times = times
            self.count = count
        }

        /// All that the way of a block tells, with `count` nodes to come to.
        init(_ spread: BlockSpread, nodeCount count: Int) {
            times = spread.stops.dropFirst().compactMap { $0.adopted?.inSeconds }.sorted()
            self.count = max(count, times.count)
        }

        /// The pairs that expectations go by.
        init(_ item: SpreadLog.Item) {
            times = item.arrivals.map { max(0, item.bornAt.duration(to: $0.at).inSeconds) }
            count = item.pairCount
        }
    }

    private let lines: [Line]
    private let frame: Frame
    private let time: Scale
    private let share: Scale

    init(lines: [Line], frame: Frame) {
        self.lines = lines.filter { $0.count > 0 }.suffix(Self.lineLimit)
        self.frame = frame
        let last = self.lines.compactMap(\.times.last).max() ?? 0
        let times = self.lines.flatMap(\.times).sorted()
        let median = times.isEmpty ? 0 : times[times.count / 2]
        time = Scale(
            0...max(last, 1e-4),
            from: frame.left,
            to: frame.right,
            isBent: median < last / 8
        )
        share = Scale(0...1, from: frame.bottom, to: frame.top)
    }

    func draw(into markup: inout Markup) {
        for part in [0.0, 0.5, 0.9, 1] {
            markup.element(
                "path",
                [
                    ("class", "g"),
                    ("d", "M\(mark(frame.left)) \(mark(share(part)))H\(mark(frame.right))"),
                ]
            )
            markup.element(
                "text",
                [("class", "s e"), ("x", mark(frame.left - 8)), ("y", mark(share(part) + 4))],
                text: "\(Int(part * 100)) %"
            )
        }
        for value in time.marks(8) {
            markup.element(
                "text",
                [("class", "s m"), ("x", mark(time(value))), ("y", mark(frame.bottom + 18))],
                text: value.timeWords
            )
        }
        markup.line()
        let isOne = lines.count == 1
        if !isOne {
            for line in lines {
                stroke(path(line), width: 1, opacity: lines.count > 40 ? 0.12 : 0.25, into: &markup)
            }
        }
        if let bold = isOne ? lines.first : median {
            stroke(path(bold), width: 2.6, opacity: 1, into: &markup)
        }
        markup.line()
    }

    private func stroke(
        _ path: String,
        width: Double,
        opacity: Double,
        into markup: inout Markup
    ) {
        let hundredths = Int((opacity * 100).rounded())
        markup.element(
            "path",
            [
                ("class", "l"), ("d", path), ("stroke-width", mark(width)),
                (
                    "style",
                    "stroke:var(--accent);opacity:.\(hundredths == 100 ? "999" : "\(hundredths)")"
                ),
            ]
        )
    }

    /// Up at every adoption, or at every so many of them.
    private func path(_ line: Line) -> String {
        let stride = max(1, line.times.count / Self.stepLimit)
        var path = "M\(mark(time(0))) \(mark(share(0)))"
        for (place, at) in line.times.enumerated()
        where (place + 1) % stride == 0 || place == line.times.count - 1 {
            path += "H\(mark(time(at)))V\(mark(share(Double(place + 1) / Double(line.count))))"
        }
        return path + "H\(mark(frame.right))"
    }

    /// For every share the median over the blocks of when it was come to; it ends where half of the
    /// blocks never came.
    private var median: Line? {
        guard !lines.isEmpty else { return nil }
        let count = min(Self.stepLimit, lines.map(\.count).max() ?? 1)
        var times: [Double] = []
        for step in 1...count {
            let reached = lines.compactMap { line -> Double? in
                let place = (line.count * step + count - 1) / count - 1
                return place < line.times.count ? line.times[max(0, place)] : nil
            }.sorted()
            let middle = (lines.count - 1) / 2
            guard middle < reached.count else { break }
            times.append(reached[middle])
        }
        return Line(times: times, count: count)
    }
}
