import WarrenObservation
import WarrenPrimitives

/// Completions of jobs; one that the governor does not wait for is ignored.
///
/// Source: O§3.8, O§3.10.
extension Governor {
    mutating func promotedCold(
        _ peer: PeerID,
        _ sharesPeers: Bool,
        canBeHot: Bool,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard let row = known[peer], case .cold(.promoting(let reason)) = row.phase else { return }
        let firstAsk = now.advanced(by: paced(Policy.askFirstDuration))
        let askAt = max(firstAsk, row.lastAskedAt?.advanced(by: Policy.askFloor) ?? firstAsk)
        let phase: Phase = .warm(canBeHot ? .idle : .resting(until: .distantFuture))
        move(peer, to: phase, reason, now: now, into: &effects) {
            $0.sharing = sharesPeers ? .enabled : .disabled
            $0.asking = sharesPeers ? .waiting(until: askAt) : .never
            $0.hasConnected = true
            $0.isTepid = false
        }
    }

    mutating func promoteColdFailed(
        _ peer: PeerID,
        _ reason: CloseReason,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard let row = known[peer], case .cold(.promoting) = row.phase else { return }
        let exponent = min(row.failCount, Policy.retryExponentLimit)
        let pause = Policy.retryDuration * (1 << exponent) + Self.retryFuzz(&random)
        countFailure(peer, retryAfter: pause, now: now, into: &effects)
    }

    mutating func promotedWarm(_ peer: PeerID, now: Instant, into effects: inout [Effect]) {
        guard let row = known[peer], case .warm(.promoting(let reason)) = row.phase else { return }
        let forgivenAt = now.advanced(by: paced(Policy.forgiveDuration))
        move(peer, to: .hot(.idle), reason, now: now, into: &effects) {
            $0.forgivenAt = $0.failCount > 0 ? forgivenAt : nil
        }
    }

    /// The connection is gone with it; if that was seen before, there is nothing left to do.
    mutating func promoteWarmFailed(
        _ peer: PeerID,
        _ reason: CloseReason,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard let row = known[peer], case .warm(.promoting) = row.phase else { return }
        let pause = Policy.repromoteDuration + Self.retryFuzz(&random)
        move(peer, to: .cold(.available), .closed(reason), now: now, into: &effects)
        countFailure(peer, retryAfter: pause, now: now, into: &effects)
    }

    mutating func demotedHot(_ peer: PeerID, now: Instant, into effects: inout [Effect]) {
        guard let row = known[peer], case .hot(.demoting(let reason)) = row.phase else { return }
        move(peer, to: .warm(.idle), reason, now: now, into: &effects) { $0.isTepid = true }
    }

    /// Hot protocols did not end in time, so the connection was killed.
    mutating func demoteHotFailed(_ peer: PeerID, now: Instant, into effects: inout [Effect]) {
        guard let row = known[peer], case .hot(.demoting) = row.phase else { return }
        move(peer, to: .cold(.available), .closed(.useTimeout), now: now, into: &effects) {
            $0.isTepid = true
        }
    }

    mutating func demotedWarm(_ peer: PeerID, now: Instant, into effects: inout [Effect]) {
        guard let row = known[peer], case .warm(.demoting(let reason)) = row.phase else { return }
        move(peer, to: .cold(.available), reason, now: now, into: &effects)
    }

    /// It did not become cold in time, and stays established.
    mutating func demoteWarmFailed(_ peer: PeerID) {
        guard let row = known[peer], case .warm(.demoting) = row.phase else { return }
        revise(peer) { $0.phase = .warm(.idle) }
    }
}
