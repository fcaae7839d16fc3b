import WarrenObservation
import WarrenScenario

/// What became of one expectation of a scenario.
public struct Judgement: Hashable, Sendable, CustomStringConvertible {
    /// The sentence, in its canonical form.
    public let expectation: String
    public let outcome: Outcome
    /// When it held, or how it broke and why, or what is not known.
    public let explanation: String

    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        case held
        case broken
        /// The run ended too early, or a node could not be asked: never to be counted as held.
        case unknown
    }

    /// One line if it held, else the explanation on a second.
    public var description: String {
        switch outcome {
        case .held: "held    \(expectation)  \(explanation)"
        case .broken, .unknown: "\(outcome.rawValue) \(expectation)\n        \(explanation)"
        }
    }

    init(_ expectation: Expectation, _ verdict: Verdict) {
        self.expectation = expectation.description
        outcome =
            switch verdict {
            case .held: .held
            case .broken: .broken
            case .unknown: .unknown
            }
        explanation = verdict.sentence
    }
}

extension Scenario {
    /// The sentences as values.
    ///
    /// Reading the scenario has checked them all.
    func readExpectations() throws(NetworkError) -> [Expectation] {
        var read: [Expectation] = []
        for sentence in expectations {
            do throws(ExpectationError) {
                read.append(try Expectation(sentence))
            } catch {
                throw .cannotJudge("'\(sentence)': \(error)")
            }
        }
        return read
    }
}
