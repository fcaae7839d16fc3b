/// What came of one scenario in one go, as those who did not watch are told.
///
/// Source: design §13.
package struct TestResult: Hashable, Sendable {
    package var file: String
    /// The network's name.
    package var name: String
    package var seed: Int64
    package var engine: String
    /// Which go it was, from 1, and of how many; nil if it was the only one.
    package var round: Round?
    /// From the first node to the last verdict.
    package var seconds: Double
    package var cases: [Case]
    /// What nodes did that none may, in words; nil if nobody could look.
    package var offences: [String]?
    /// Why there was no judging, or not to the end: it did not start, or was lost.
    package var failure: String?
    package var replay: String
    /// The run's directory; empty if there is none.
    package var run: String
    /// The logs of those who had to do with what went wrong.
    package var logs: [String]
    /// Who was connected to whom at the end, in the language of Mermaid.
    package var graph: String?

    package init(file: String, name: String, seed: Int64, engine: String) {
        self.file = file
        self.name = name
        self.seed = seed
        self.engine = engine
        seconds = 0
        cases = []
        replay = ""
        run = ""
        logs = []
    }

    package struct Round: Hashable, Sendable {
        package var number: Int
        /// Nil if nobody knows how many there will be.
        package var count: Int?

        package init(number: Int, count: Int?) {
            self.number = number
            self.count = count
        }
    }

    /// An expectation, and where its file has it; 0 if it is from the command line.
    package struct Case: Hashable, Sendable {
        package var row: VerdictRow
        package var line: Int

        package init(_ row: VerdictRow, line: Int) {
            self.row = row
            self.line = line
        }
    }

    /// `starter · seed 42 · process`, and which go it was.
    package var title: String {
        var words = [name, "seed \(seed)", engine]
        if let round {
            words.append("run \(round.number)" + (round.count.map { " of \($0)" } ?? ""))
        }
        return words.joined(separator: " · ")
    }

    package var heldCount: Int { cases.count { $0.row.verdict == "held" } }

    package var isHeld: Bool {
        failure == nil && heldCount == cases.count && (offences ?? []).isEmpty
    }

    /// The nodes that did not keep to what was expected, in their order, each once.
    package func culprits(among names: [String]) -> [String] {
        let accused = Set(cases.flatMap { $0.row.verdict == "broken" ? $0.row.nodes ?? [] : [] })
        return names.filter { name in
            accused.contains(name) || (offences ?? []).contains { $0.hasPrefix("\(name):") }
        }
    }
}
