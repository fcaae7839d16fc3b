package import WarrenObservation
package import WarrenPrimitives

// MARK: - How recent a chain is

extension ChainRules {
    /// How long after the tip's slot a ledger is young enough.
    ///
    /// Source: O§9.6.
    package static let youngDuration: Duration = .seconds(20 * 60)

    /// How many slots the tip may lie behind the clock before bodies are fetched in bulk.
    ///
    /// Upstream's `maxSlotsBehind`; O§4.1 has what hangs on it.
    package static let slotsBehindLimit: UInt64 = 1_000

    /// Whether a ledger with this tip is recent enough to be trusted.
    package func ledgerState(at tip: Point, now: Instant) -> LedgerState {
        now <= youngUntil(tip) ? .youngEnough : .tooOld
    }

    /// How bodies are fetched by a node with this tip.
    package func fetchMode(at tip: Point, now: Instant) -> FetchMode {
        now < deadlineUntil(tip) ? .deadline : .bulkSync
    }

    /// When one of the two judgements will change if the tip does not; nil if neither will.
    package func nextJudgement(at tip: Point, now: Instant) -> Instant? {
        let old = youngUntil(tip).advanced(by: .nanoseconds(1))
        let bulk = deadlineUntil(tip)
        return soonest(now < old ? old : nil, now < bulk ? bulk : nil)
    }

    private func youngUntil(_ tip: Point) -> Instant {
        beginning(tip).advanced(by: Self.youngDuration)
    }

    private func deadlineUntil(_ tip: Point) -> Instant {
        let (slot, overflow) = (tip.slot ?? 0).addingReportingOverflow(Self.slotsBehindLimit + 1)
        return overflow ? .distantFuture : self.beginning(of: slot) ?? .distantFuture
    }

    private func beginning(_ tip: Point) -> Instant {
        guard let slot = tip.slot else { return start }
        return beginning(of: slot) ?? .distantFuture
    }
}
