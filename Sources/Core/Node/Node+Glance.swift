import WarrenPeering
package import WarrenPrimitives
import WarrenSwitch

// MARK: - Looking ahead

/// A driver of very many nodes can look at those whose turn is near, so that the processor
/// fetches all of them from memory at once; see ``lookAhead()`` of the simulation.
///
/// Nothing is changed, and the numbers mean nothing. These are `mutating` all the same: a value
/// that is only read where it stands among others may be copied for it, and this one is large.
extension Node {
    /// Looks at what any input looks at, and where the rest stands.
    package mutating func glance() -> Int {
        var seen = switchboard.glance() &+ lifecycle.glance() &+ live.glance()
        seen &+= word(exchange.nextDeadline) &+ word(routing.nextDeadline)
        seen &+= word(chainDeadline) &+ word(managerDeadline) &+ word(churnDeadline)
        seen &+= word(roots.nextDeadline) &+ word(book.firstBanEndsAt)
        seen &+= word(connections.nextDeadline) &+ word(inboundGovernor.nextDeadline)
        seen &+= word(nextDeadline) &+ word(seedJob?.current?.giveUpAt)
        seen &+= failedPromotions.count &+ guests.count &+ released.count &+ unsaved.count
        return seen &+ directory.count &+ configuration.privatePeerIDs.count
    }

    /// Looks at what a message on `connection`, or a deadline, looks at.
    package mutating func glance(at connection: ConnectionID?) -> Int {
        guard let connection else {
            guard let nextDeadline else { return 0 }
            return lifecycle.glance(dueBy: nextDeadline)
        }
        guard let (handle, seen) = switchboard.glance(at: connection) else { return 0 }
        let heardAt = live.read(handle) { word($0.heardAt) } ?? 0
        return seen &+ heardAt &+ lifecycle.glance(at: handle)
    }
}

private func word(_ instant: Instant?) -> Int {
    Int(truncatingIfNeeded: instant?.nanoseconds ?? 0)
}
