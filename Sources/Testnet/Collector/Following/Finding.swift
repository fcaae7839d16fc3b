package import WarrenObservation
package import WarrenPrimitives

/// What was learnt of one node: facts, and what it got wrong.
package enum Finding: Hashable, Sendable {
    case fact(Fact.NodeFact, at: Instant, Sighting.Detail)
    case flaw(Flaw, at: Instant)
}
