package import WarrenPrimitives

/// What an address book remembers of one node.
///
/// Source: C§6.5; the dialing fields are C§7.6's, which upstream keeps elsewhere and forgets.
package struct BookRecord: Hashable, Sendable {
    package var address: PeerAddress
    /// Who told us first.
    package var source: PeerAddress
    package var tier: AddressBook.Tier = .new
    /// Failed attempts since the last success.
    package var attemptCount = 0
    /// The last attempt; when the entry was made, before any.
    package var lastAttemptAt: Instant
    package var lastSuccessAt: Instant?
    /// Dials of this very address that failed in a row.
    package var dialFailureCount = 0
    /// How long after the last attempt the address may be dialed again.
    package var dialWait: Duration = .zero

    package init(address: PeerAddress, source: PeerAddress, lastAttemptAt: Instant) {
        self.address = address
        self.source = source
        self.lastAttemptAt = lastAttemptAt
    }

    /// Failures without any success that make an entry bad.
    package static let retryLimit = 3
    /// Failures since the last success that make an entry bad once that is long ago.
    package static let failureLimit = 10
    /// How long an entry stays without an attempt, or a success protects it.
    package static let memory: Duration = .seconds(7 * 86_400)
    /// How long an attempt may still come to something.
    package static let attemptGrace: Duration = .seconds(60)

    /// Whether the entry is the first to go when room is needed.
    ///
    /// Source: C§6.5, `isBad`.
    package func isBad(now: Instant) -> Bool {
        if tier == .old { return false }
        let sinceAttempt = lastAttemptAt.duration(to: now)
        if sinceAttempt < Self.attemptGrace { return false }
        if sinceAttempt > Self.memory { return true }
        guard let lastSuccessAt else { return attemptCount >= Self.retryLimit }
        return lastSuccessAt.duration(to: now) > Self.memory && attemptCount >= Self.failureLimit
    }

    package func isDialable(now: Instant) -> Bool { dialableAt.map { $0 <= now } ?? true }

    /// When the back-off of its failed dials is over; nil without any.
    package var dialableAt: Instant? {
        dialFailureCount == 0 ? nil : lastAttemptAt.advanced(by: dialWait)
    }

    /// What is left of a record whose node is now said to be elsewhere: nobody tried that yet.
    package mutating func move(to socket: SocketAddress, now: Instant) {
        address.socket = socket
        lastAttemptAt = now
        attemptCount = 0
        dialFailureCount = 0
        dialWait = .zero
    }
}
