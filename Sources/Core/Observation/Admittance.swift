/// What came of giving a node a transaction: the words of `POST /tx`, and why there were none.
///
/// Source: design §7.
package enum Admittance: String, Hashable, Sendable, Codable, CaseIterable {
    /// It is in the node's pool now.
    case added
    /// It was there already.
    case known
    /// One of the last blocks has it.
    case included
    /// A registration that a later one has overtaken.
    case stale
    /// No block could hold it.
    case tooLarge
    /// A registration that its pool did not sign.
    case unsigned
    /// The network has no chain.
    case noChain
    /// The node is starting or stopping.
    case notRunning
    /// The node would not look at it: no transaction, too long, or no right to give it one.
    case refused
    /// Nobody answered in time.
    case unanswered

    /// As people read it.
    package var words: String {
        switch self {
        case .added: "added"
        case .known: "known already"
        case .included: "in a block already"
        case .stale: "stale"
        case .tooLarge: "too large"
        case .unsigned: "unsigned"
        case .noChain: "no chain"
        case .notRunning: "not running"
        case .refused: "refused"
        case .unanswered: "unanswered"
        }
    }
}
