package import WarrenObservation

/// An expectation and what became of it, as JSON has it and people read it.
///
/// Source: design §13.
package struct VerdictRow: Hashable, Sendable, Codable {
    package var expectation: String
    /// `held`, `broken` or `unknown`; nil while it is open.
    package var verdict: String?
    /// The verdict in words.
    package var sentence: String?
    /// Those who did not keep to it, and when, since t = 0.
    package var nodes: [String]?
    package var fromNanoseconds: Int64?
    package var toNanoseconds: Int64?

    package init(_ expectation: Expectation, _ verdict: Verdict?) {
        self.expectation = expectation.description
        self.verdict = verdict?.word
        sentence = verdict?.sentence
        guard case .broken(let broken) = verdict else { return }
        nodes = broken.nodes
        fromNanoseconds = Int64(clamping: broken.from.attoseconds / 1_000_000_000)
        toNanoseconds = broken.to.map { Int64(clamping: $0.attoseconds / 1_000_000_000) }
    }

    /// Letters that the verdict takes.
    private static let wordWidth = 7

    /// One line, or two with the explanation; `width` is what the longest expectation takes.
    package func lines(width: Int, paint: Paint = .none) -> [String] {
        let head = "  " + paint(colour, (verdict ?? "open").padded(to: Self.wordWidth)) + " "
        let expectation = expectation.printable
        guard let verdict, let sentence = sentence?.printable else { return [head + expectation] }
        guard verdict != "held" else {
            return [head + expectation.padded(to: width) + "  " + sentence]
        }
        let indent = String(repeating: " ", count: 2 + Self.wordWidth + 1)
        return [head + expectation, indent + sentence]
    }

    private var colour: Paint.Colour {
        switch verdict {
        case "held": .green
        case "broken": .red
        case nil: .faint
        default: .yellow
        }
    }
}

extension [VerdictRow] {
    /// Letters of an expectation that the column of verdicts waits for.
    private static let widthLimit = 90

    /// Letters that the longest expectation takes, as far as it counts.
    package var width: Int { Swift.min(map(\.expectation.count).max() ?? 0, Self.widthLimit) }
}
