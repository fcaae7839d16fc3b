package import WarrenObservation
package import WarrenPrimitives

/// Something that a node got wrong, and when we learnt it.
package struct NodeFlaw: Hashable, Sendable {
    package var at: Instant
    package var node: Int
    package var flaw: Flaw

    package init(at: Instant, node: Int, _ flaw: Flaw) {
        self.at = at
        self.node = node
        self.flaw = flaw
    }
}

/// What can be wrong with what a node says.
package enum Flaw: Hashable, Sendable, CustomStringConvertible {
    /// Not an event line, with the beginning of it.
    case garbledLine(String, String)
    case lineTooLong(limit: Int)
    /// An event that came before, or one that is numbered 0.
    case outOfOrder(found: UInt64, expected: UInt64)
    /// Events are missing, and the node did not say so.
    case silentGap(from: UInt64, to: UInt64)
    case badStatus(path: String, Int)
    case garbledSnapshot(String)
    /// Somebody else answers at its address.
    case wrongNode(expected: String, found: String)
    /// A snapshot says otherwise than the events before it.
    case contradiction(NodeState.Contradiction)
    /// A snapshot names another tip than the events before it.
    case tipContradiction(NodeState.TipContradiction)
    /// A connection went where the tables of O§6.3 and O§7.3 let none go, in these words.
    case misstep(String)
    /// It claims to have more of something than any node can.
    case excess(of: String, limit: Int)

    package var kind: String {
        switch self {
        case .garbledLine: "garbledLine"
        case .lineTooLong: "lineTooLong"
        case .outOfOrder: "outOfOrder"
        case .silentGap: "silentGap"
        case .badStatus: "badStatus"
        case .garbledSnapshot: "garbledSnapshot"
        case .wrongNode: "wrongNode"
        case .contradiction, .tipContradiction: "contradiction"
        case .misstep: "misstep"
        case .excess: "excess"
        }
    }

    package var description: String {
        switch self {
        case .garbledLine(let line, let why): "'\(line)' is no event line: \(why)"
        case .lineTooLong(let limit): "an event line is longer than \(limit) bytes"
        case .outOfOrder(let found, let expected):
            "event \(found) came where event \(expected) was expected"
        case .silentGap(let from, let to):
            "events \(from) to \(to) are missing, and the node did not say so"
        case .badStatus(let path, let status): "\(path) was answered with status \(status)"
        case .garbledSnapshot(let why): "the snapshot cannot be read: \(why)"
        case .wrongNode(let expected, let found):
            "node \(found) answers where node \(expected) was expected"
        case .excess(let what, let limit):
            "it claims more than \(limit) \(what): what it says is in doubt until it claims fewer"
        case .contradiction(let found): found.words
        case .tipContradiction(let found): found.words
        case .misstep(let words): words
        }
    }
}
