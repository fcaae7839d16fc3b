import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// Asks for big ledger peers while fewer are known than wanted; decision 6.
    ///
    /// Its back-off is its own. Unlike upstream, which lets the next unrelated event retry, the
    /// end of a wait is a deadline (O§12, Q15). Source: O§3.6.3.
    mutating func requestBigLedgerPeers(now: Instant, into effects: inout [Effect]) -> Bool {
        let count = targets.knownBigLedger - census.bigLedger.known
        guard count > 0, permitsProgress, bigLedgerRequest.isEnabled(now: now) else {
            return false
        }
        bigLedgerRequest.start()
        effects.append(.requestBigLedgerPeers(count))
        return true
    }
}
