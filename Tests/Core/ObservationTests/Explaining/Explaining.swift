import WarrenObservation
import WarrenPrimitives
import WarrenSupport

/// Histories of node 0 and what comes of them.
protocol Explaining {}

extension Explaining {
    /// The facts of node 0, explained for peer `other` at the last of them or at `end`.
    func explain(
        _ history: History,
        _ other: Int = 2,
        at end: Int64? = nil,
        zero: Int64? = 0
    ) -> PeerExplanation {
        var explainer = PeerExplainer(PeerSubject(History.population.nodes[other]))
        var now = Instant.at(0)
        for fact in history.facts where end.map({ fact.at <= .at($0) }) ?? true {
            guard case .node(0, let what) = fact.what else { continue }
            explainer.take(what, at: fact.at)
            now = fact.at
        }
        let at = end.map(Instant.at) ?? now
        return explainer.explanation(of: "relay-1", at: at, zero: zero.map(Instant.at))
    }

    func row(
        _ other: Int,
        _ temperature: Temperature,
        source: PeerSource = .addressBook,
        holds: [Snapshot.Hold]? = []
    ) -> Snapshot.Peer {
        var row = Snapshot.Peer(
            peer: .init(rawValue: UInt32(other)),
            source: source,
            temperature: temperature
        )
        row.id = nodeID(UInt8(other))
        row.holds = holds
        return row
    }

    func promoted(to targets: Targets = Targets(known: 20, established: 8, active: 4))
        -> History
    {
        var history = History()
        history.note(.targets(targets), of: 0, at: 10)
        history.move(0, 2, .unknown, .cold, .learnt, source: .peerExchange, at: 100)
        history.move(0, 3, .unknown, .cold, .learnt, at: 110)
        history.note(.dialing(History.reference(2), .dialed(1)), of: 0, at: 200)
        history.note(.connected(History.reference(2), .dialed(1), .outbound), of: 0, at: 220)
        history.move(
            0,
            2,
            .cold,
            .warm,
            .belowTarget(.established, 8),
            source: .peerExchange,
            at: 230
        )
        return history
    }
}
