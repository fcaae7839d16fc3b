package import WarrenObservation

/// Why a peer of a node is what it is, for people.
package struct ExplanationText: Sendable {
    private let explanation: PeerExplanation

    package init(_ explanation: PeerExplanation) { self.explanation = explanation }

    /// Addresses and names are what nodes say of themselves, so nothing in them may steer.
    package func lines(paint: Paint = .none) -> [String] {
        let lines = explanation.lines.map(\.printable)
        return lines.prefix(1).map { paint(.bold, $0) } + lines.dropFirst()
    }
}
