import WarrenPrimitives

/// Whether an expectation held in a run.
///
/// Times are since t = 0, the instant at which all nodes were healthy for the first time.
package enum Verdict: Hashable, Sendable {
    case held(Held)
    case broken(Broken)
    /// The run ended too early, a node could not be asked: never counted as held.
    case unknown(String)

    package enum Held: Hashable, Sendable {
        /// So long after the window began.
        case after(Duration)
        /// All through a window of this length.
        case during(Duration)
        /// At the end of the run.
        case atEnd(Duration)
    }

    package struct Broken: Hashable, Sendable {
        /// The shortest window that shows it.
        package var from: Duration
        /// Nil while the violation goes on.
        package var to: Duration?
        /// The nodes that did not keep to it; empty for claims about the whole network.
        package var nodes: [String]
        /// What happened, for people; the window is not in it.
        package var what: String
        /// What was last to happen before the window, if that explains it.
        package var cause: String?
        /// The rows of those nodes at the start of the window that the claim is about.
        package var rows: [Row]

        /// As `relay-2 had 4 hot from t=2.31s to t=9.80s; the fourth was relay-4, promoted …`.
        package var sentence: String {
            var text = what
            if to != from {
                text += " from t=" + DurationText.point(from)
                text += to.map { " to t=" + DurationText.point($0) } ?? " on"
            } else {
                text += " at t=" + DurationText.point(from)
            }
            return text + (cause.map { "; " + $0 } ?? "")
        }
    }

    package struct Row: Hashable, Sendable {
        package var node: String
        package var peer: String
        package var temperature: Temperature
        package var source: PeerSource?
        package var direction: Direction?
        package var reason: Reason?
        /// When it came to this temperature, since t = 0.
        package var changedAt: Duration?
    }

    /// `held`, `broken` or `unknown`.
    package var word: String {
        switch self {
        case .held: "held"
        case .broken: "broken"
        case .unknown: "unknown"
        }
    }

    /// The rest of the verdict in words.
    package var sentence: String {
        switch self {
        case .held(.after(let time)): "after " + DurationText.span(time)
        case .held(.during(let time)): "for " + DurationText.span(time)
        case .held(.atEnd(let time)): "at the end, t=" + DurationText.point(time)
        case .broken(let broken): broken.sentence
        case .unknown(let reason): reason
        }
    }

    /// The verdict as people read it: one line if it held, else the explanation on a second.
    ///
    /// `width` is the room for the expectation's own words.
    package func text(for expectation: Expectation, width: Int = 60) -> String {
        let words = expectation.description
        let head = word.padded(to: 8)
        switch self {
        case .held: return head + words.padded(to: width) + "  " + sentence
        case .broken, .unknown: return head + words + "\n        " + sentence
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
