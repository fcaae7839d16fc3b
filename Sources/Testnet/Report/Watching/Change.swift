package import WarrenObservation
package import WarrenPrimitives

/// Something that became different between two looks at a network.
package struct Change: Hashable, Sendable, Codable {
    package var at: Instant
    package var node: String
    package var what: What
    /// The peer, by its node's name if it is one of the network, and how it was and is.
    package var peer: String?
    package var from: Temperature?
    package var to: Temperature?
    package var reason: String?
    /// The chain's new end, where `what` is `block`.
    package var height: UInt64?
    package var hash: String?

    package enum What: String, Hashable, Sendable, Codable {
        case down, up, restarted, moved
        /// Nodes have come to a height where none was before; this is one of them.
        case block
        /// The node's chain is another one, and not higher than it was.
        case rolledBack
    }

    init(_ what: What, _ node: String, at: Instant) {
        self.what = what
        self.node = node
        self.at = at
    }

    /// The event in words, after its time.
    package func text(width: Int = 0) -> String {
        let subject = node.padded(to: width)
        switch what {
        case .down: return "\(subject)  does not answer"
        case .up: return "\(subject)  answers again"
        case .restarted: return "\(subject)  was started again"
        case .moved:
            let move = "\(from?.rawValue ?? "?") → \(to?.rawValue ?? "?")"
            return "\(subject)  \((peer ?? "?").printable) \(move)"
                + (reason.map { "  \($0.printable)" } ?? "")
        case .block: return "\(subject)  is at height \(height ?? 0)  \(shortHash)"
        case .rolledBack: return "\(subject)  rolled back to height \(height ?? 0)  \(shortHash)"
        }
    }

    private var shortHash: String { hash.map { "\($0.prefix(6))…" } ?? "" }

    package var colour: Paint.Colour? {
        switch what {
        case .down, .rolledBack: .red
        case .up, .restarted: .yellow
        case .block: .green
        case .moved: to == .hot ? .bold : nil
        }
    }
}
