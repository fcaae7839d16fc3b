import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// Counts a failure of a cold peer, which waits or, after too many, is forgotten.
    ///
    /// Local and configured roots are never forgotten for it. Source: O§3.8.1.
    mutating func countFailure(
        _ peer: PeerID,
        retryAfter pause: Duration,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard let row = known[peer] else { return }
        guard row.failCount < Policy.failureLimit || !row.standing.isForgettable else {
            return drop(peer, .failedTooOften, into: &effects)
        }
        revise(peer) {
            $0.failCount += 1
            $0.forgivenAt = nil
            $0.phase =
                pause > .zero ? .cold(.waiting(until: now.advanced(by: pause))) : .cold(.available)
        }
    }

    static func retryFuzz(_ random: inout Random) -> Duration {
        random.duration(from: .zero - Policy.retryFuzz, to: Policy.retryFuzz)
    }

    /// Takes in what became of an established peer without our doing.
    ///
    /// While one of our demotions is under way its completion tells. Source: O§3.9.
    mutating func observe(
        _ peer: PeerID,
        _ status: Status,
        delay: Duration?,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard let row = known[peer] else { return }
        switch (status, row.phase) {
        case (.warm, .hot(.idle)):
            let fuzz = Policy.activateFuzz
            let pause = delay.map { $0 + random.duration(from: fuzz.low, to: fuzz.high) } ?? .zero
            let next: Phase.Warm =
                pause > .zero ? .resting(until: now.advanced(by: pause)) : .idle
            move(peer, to: .warm(next), .protocolEnded, now: now, into: &effects)

        case (.cooling, .warm(.idle)), (.cooling, .warm(.resting)), (.cooling, .warm(.promoting)):
            revise(peer) { $0.phase = .warm(.cooling) }

        case (.cooling, .hot(.idle)):
            move(peer, to: .warm(.cooling), .protocolEnded, now: now, into: &effects)

        case (.cold(let reason), .warm(.idle)), (.cold(let reason), .warm(.resting)),
            (.cold(let reason), .warm(.promoting)), (.cold(let reason), .warm(.cooling)),
            (.cold(let reason), .hot(.idle)):
            let fuzz = Policy.reconnectFuzz
            let pause = delay.map { $0 + random.duration(from: fuzz.low, to: fuzz.high) } ?? .zero
            move(peer, to: .cold(.available), .closed(reason), now: now, into: &effects)
            // Another connection of the two takes its place: nothing has failed (design §4).
            guard reason != .lostSimultaneousDial else { return }
            countFailure(peer, retryAfter: pause, now: now, into: &effects)

        case (.warm, .cold), (.warm, .warm), (.warm, .hot(.demoting)), (.cooling, .cold),
            (.cooling, .warm(.demoting)), (.cooling, .warm(.cooling)), (.cooling, .hot(.demoting)),
            (.cold, .cold), (.cold, .warm(.demoting)), (.cold, .hot(.demoting)):
            break
        }
    }
}
