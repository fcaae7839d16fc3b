import WarrenPrimitives

/// What an instant brought of one node.
struct Touch: Sendable {
    let number: Int
    var rows = Rows.none
    /// Changes of its peers' temperatures, in order.
    var moves: [Transition] = []

    init(_ number: Int) { self.number = number }

    /// Rows that may not be as they were.
    enum Rows: Sendable {
        case none
        case some([PeerID])
        case all
    }

    mutating func add(_ change: NodeState.Change) {
        switch (change, rows) {
        case (.none, _), (_, .all): break
        case (.rows, _): rows = .all
        case (.row(let peer), .none): rows = .some([peer])
        case (.row(let peer), .some(var peers)):
            rows = .none
            peers.append(peer)
            rows = .some(peers)
        }
    }
}

/// What can be said of a claim at an instant.
enum Reading: Hashable, Sendable {
    case yes, no
    /// What happened is not known: events are lost, or somebody could not be asked.
    case doubt
    /// There is nothing to judge by yet, and nothing was missed.
    case silence

    init(_ value: Bool) { self = value ? .yes : .no }

    init(_ truth: Truth) {
        switch truth {
        case .yes: self = .yes
        case .no: self = .no
        case .unknown: self = .doubt
        }
    }

    var truth: Truth {
        switch self {
        case .yes: .yes
        case .no: .no
        case .doubt, .silence: .unknown
        }
    }
}
