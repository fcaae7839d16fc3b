import Testing
import WarrenObservation
import WarrenSupport

/// Holds docs/expectations.md to the parser.
@Suite struct `The page on expectations` {
    private func sentences() throws -> [String] {
        try DocsTable.blocks(of: "expect", in: "expectations.md").filter { !$0.isEmpty }
    }

    @Test func `has examples that are all read`() throws {
        let sentences = try sentences()
        #expect(sentences.count > 40)
        for sentence in sentences {
            #expect(throws: Never.self, "\(sentence)") { try Expectation(sentence) }
        }
    }

    @Test func `has refused examples that are all refused`() throws {
        let sentences = try DocsTable.blocks(of: "refused", in: "expectations.md")
        #expect(!sentences.isEmpty)
        for sentence in sentences {
            #expect(throws: ExpectationError.self, "\(sentence)") { try Expectation(sentence) }
        }
    }

    @Test func `shows every word of the language in an example`() throws {
        let used = Set(
            try sentences().flatMap { sentence in
                sentence.split { " ,:\"".contains($0) }.map(String.init)
            }
        )
        var words = Set(Expectation.keywords)
        words.formUnion(Expectation.Mode.allCases.map(\.rawValue))
        words.formUnion(Expectation.Quantifier.allCases.map(\.rawValue))
        words.formUnion(Expectation.Counter.allCases.map(\.rawValue))
        words.formUnion(Expectation.Comparison.allCases.map(\.rawValue))
        words.formUnion(Expectation.Sameness.allCases.map(\.rawValue))
        words.formUnion(Expectation.Shape.allCases.map(\.rawValue))
        words.formUnion(PeerSource.allCases.map(\.rawValue))
        words.formUnion(Role.allCases.map(\.rawValue))
        words.formUnion(Reason.Target.allCases.map { "target.\($0.rawValue)" })
        words.formUnion(Expectation.Measure.allCases.map(\.rawValue))
        words.formUnion(Expectation.Centile.allCases.map(\.rawValue))
        words.formUnion(Expectation.Spread.Subject.allCases.map(\.rawValue))
        words.formUnion(Temperature.allCases.map(\.rawValue))
        words.formUnion(["healthy", "up", "*", "height", "rtt", "progress", "propagation"])
        words.formUnion(["blocks", "transactions"])
        let missing = words.subtracting(used).sorted()
        #expect(missing.isEmpty, "\(missing)")
    }
}
