package import WarrenObservation

/// What became of every expectation, as people read it.
///
/// Source: design §13.
package struct VerdictTable: Sendable {
    /// Letters of an expectation that the column of its verdict waits for.
    private static let widthLimit = 90
    private static let wordWidth = 7

    private let expectations: [String]
    private let width: Int

    package init(_ expectations: [Expectation]) {
        self.expectations = expectations.map(\.description)
        width = min(self.expectations.map(\.count).max() ?? 0, Self.widthLimit)
    }

    /// One line, or two with the explanation; nil verdict: still open.
    package func lines(
        _ number: Int,
        _ verdict: Verdict?,
        replay: String? = nil,
        paint: Paint = .none
    ) -> [String] {
        let indent = String(repeating: " ", count: 2 + Self.wordWidth + 1)
        let words = expectations[number]
        guard let verdict else {
            return ["  " + paint(.faint, "open".padded(to: Self.wordWidth)) + " " + words]
        }
        let head = "  " + paint(verdict.colour, verdict.word.padded(to: Self.wordWidth)) + " "
        switch verdict {
        case .held: return [head + words.padded(to: width) + "  " + verdict.sentence]
        case .broken:
            return [head + words, indent + verdict.sentence.printable]
                + (replay.map { [indent + "replay: " + $0] } ?? [])
        case .unknown: return [head + words, indent + verdict.sentence.printable]
        }
    }
}

extension Verdict {
    fileprivate var colour: Paint.Colour {
        switch self {
        case .held: .green
        case .broken: .red
        case .unknown: .yellow
        }
    }
}

/// An expectation and what became of it, as JSON has it.
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
}
