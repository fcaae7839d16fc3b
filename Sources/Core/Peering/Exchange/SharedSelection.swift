package import WarrenPrimitives

/// Whom we name to peers of our own kind: few, and the same ones for a while.
///
/// The shareable peers are ordered by a hash under a salt, so that asking again teaches nothing
/// new until the salt is drawn anew. Sources: design §17.4, O§3.15.
package struct SharedSelection: Sendable {
    /// How many peers an answer has at most (O§3.15).
    ///
    /// Upstream's is the lesser of this and what was asked for; a PexRequest asks for no number.
    package static let limit = 10
    /// How long a salt holds at pace 1 (O§3.15).
    package static let saltLifetime: Duration = .seconds(823)

    private let lifetime: Duration
    private var salt: Salt?

    private struct Salt: Sendable {
        var hash: KeyedHash
        var endsAt: Instant
    }

    package init(pace: Int = 1) {
        precondition(pace > 0, "a pace of \(pace) goes nowhere")
        lifetime = Self.saltLifetime / pace
    }

    /// At most ten of `candidates`, which may come in any order.
    package mutating func choose(
        from candidates: [PeerAddress],
        now: Instant,
        random: inout Random
    ) -> [PeerAddress] {
        let hash = currentHash(now: now, random: &random)
        let ranked = candidates.map { (rank: hash.value(of: $0.id), address: $0) }
            .sorted { ($0.rank, $0.address) < ($1.rank, $1.address) }
        return ranked.prefix(Self.limit).map(\.address)
    }

    private mutating func currentHash(now: Instant, random: inout Random) -> KeyedHash {
        if let salt, now < salt.endsAt { return salt.hash }
        let fresh = Salt(hash: KeyedHash(random: &random), endsAt: now.advanced(by: lifetime))
        salt = fresh
        return fresh.hash
    }
}
