import WarrenPrimitives

/// What is wrong with a scenario: all of it, in the order of its lines.
public struct ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
    public let problems: [Problem]

    /// Reads as `scenario:3: unknown key 'regoin': did you mean 'region'?`.
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// From 1; nil where no line is to blame.
        public let line: Int?
        /// File and line, what was found, what was expected and what to do.
        public let description: String
    }

    /// The problems, one a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }

    init(_ errors: DocumentErrors) {
        problems = errors.errors.map {
            Problem(line: $0.line > 0 ? $0.line : nil, description: $0.description)
        }
    }

    init(file: String, _ what: String) {
        self.init(DocumentErrors(DocumentError(file: file, line: 0, found: what)))
    }
}
