/// Why a sentence is no expectation, or none on this network.
package enum ExpectationError: Error, Hashable, Sendable {
    /// Columns count characters from 1.
    case syntax(column: Int, found: String, expected: String, nearest: String?)
    /// The word has no meaning where the sentence puts it; `because` says why.
    case meaningless(column: Int, word: String, because: String)
    case tooLong(limit: Int)
    /// No node, group, role or region of this name.
    case nobody(selector: String, nearest: String?)
    /// The selector is well formed but leaves no node over.
    case empty(selector: String)
    /// The name means different members as a `first` and as a `second`.
    case ambiguous(name: String, first: String, second: String)
    case noFault(name: String, nearest: String?)
    /// The network has more nodes than a measure is worked out for.
    case tooLarge(measure: String, count: Int, limit: Int)
}

extension ExpectationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .syntax(let column, let found, let expected, let nearest):
            "column \(column): found \(found), expected \(expected)" + Self.hint(nearest)
        case .meaningless(let column, let word, let because):
            "column \(column): '\(word)' means nothing here: \(because)"
        case .tooLong(let limit): "longer than \(limit) bytes, the most a sentence may have"
        case .nobody(let selector, let nearest):
            "no node, group, role or region is called '\(selector)'" + Self.hint(nearest)
        case .empty(let selector): "'\(selector)' selects no node"
        case .ambiguous(let name, let first, let second):
            "'\(name)' is a \(first) and a \(second) with different members: "
                + "write '\(first) \(name)' or '\(second) \(name)'"
        case .noFault(let name, let nearest):
            "no fault of the scenario is called '\(name)'" + Self.hint(nearest)
        case .tooLarge(let measure, let count, let limit):
            "'\(measure)' is worked out for at most \(limit) nodes, and the network has \(count): "
                + "ask for it of a smaller network"
        }
    }

    private static func hint(_ nearest: String?) -> String {
        nearest.map { "; did you mean '\($0)'?" } ?? ""
    }
}
