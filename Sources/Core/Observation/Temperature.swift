/// How far we use a peer: known / connected and only measured / in full use by all protocols.
///
/// `unknown` is a peer before it is learnt and after it is forgotten, so that every change of a
/// peer is one transition between two temperatures. Source: design §5, O§0.2.
public enum Temperature: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case unknown
    case cold
    case warm
    case hot

    private var rank: Int {
        switch self {
        case .unknown: 0
        case .cold: 1
        case .warm: 2
        case .hot: 3
        }
    }

    public static func < (lhs: Temperature, rhs: Temperature) -> Bool { lhs.rank < rhs.rank }
}

/// Where a peer came from.
///
/// Source: O§2.1, C§7, design §3.
public enum PeerSource: String, Hashable, Sendable, Codable, CaseIterable {
    case localRoot
    case publicRoot
    case ledger
    case bigLedger
    case bootstrap
    /// A configured seed: asked for addresses, counted in no target (design §17.6).
    case seed
    /// Drawn from the address book.
    case addressBook
    /// From a peer's answer on the exchange channel.
    case peerExchange
    /// A peer that dialed us.
    case inbound
    case routing
}

/// Who uses a connection; while nobody does, who may begin; before that is known, who opened it.
public enum Direction: String, Hashable, Sendable, Codable, CaseIterable {
    case outbound
    case inbound
    case duplex
}

/// What a node is for.
///
/// Source: design §3.
public enum Role: String, Hashable, Sendable, Codable, CaseIterable {
    case relay
    case blockProducer = "block-producer"
    case seed
}
