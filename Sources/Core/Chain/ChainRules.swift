package import WarrenPrimitives

/// What all nodes of a network agree on before the first block, as the chain needs it.
///
/// Source: design §6, §17.14.
package struct ChainRules: Hashable, Sendable {
    /// What stands before the first block: the digest of the genesis.
    package var genesisID: Hash
    /// When slot 0 begins.
    package var start: Instant
    package var slotLength: Duration
    /// How many slots in a million have a leader: f of design §17.14.
    package var activeSlotMillionths: Int64
    /// 32 bytes, drawn once for the network.
    package var leaderSeed: [UInt8]
    /// By public key, in their order; no key twice.
    package var producers: [Producer]
    /// How many blocks a node may take back: k.
    ///
    /// Source: O§3.9 for what a deeper fork costs.
    package var securityParameter = 2160
    /// Bytes of the longest body; at most ``Body/byteLimit``.
    ///
    /// Mainnet's is 90,112.
    package var bodyByteLimit = 90_112
    /// How far ahead of our clock the start of a header's slot may lie.
    ///
    /// Upstream's permissible clock skew.
    package var skewLimit: Duration = .seconds(2)

    /// One who may make blocks.
    package struct Producer: Hashable, Sendable {
        /// The raw Ed25519 public key.
        package var key: Hash
        /// Any unit; only the share counts.
        package var stake: UInt64

        package init(key: Hash, stake: UInt64) {
            self.key = key
            self.stake = stake
        }
    }

    package init(
        genesisID: Hash,
        start: Instant,
        slotLength: Duration = .seconds(1),
        activeSlotMillionths: Int64 = 50_000,
        leaderSeed: [UInt8],
        producers: [Producer]
    ) {
        self.genesisID = genesisID
        self.start = start
        self.slotLength = slotLength
        self.activeSlotMillionths = activeSlotMillionths
        self.leaderSeed = leaderSeed
        self.producers = producers.sorted { $0.key < $1.key }
    }

    /// The slot that `now` lies in; nil before the first.
    package func slot(at now: Instant) -> UInt64? {
        guard now >= start else { return nil }
        return UInt64(now.nanoseconds - start.nanoseconds) / UInt64(slotLength.wholeNanoseconds)
    }

    /// When `slot` begins; nil beyond the end of time.
    package func beginning(of slot: UInt64) -> Instant? {
        let (length, overflow) = UInt64(slotLength.wholeNanoseconds)
            .multipliedReportingOverflow(by: slot)
        guard !overflow, let length = Int64(exactly: length) else { return nil }
        let (sum, beyond) = start.nanoseconds.addingReportingOverflow(length)
        return beyond ? nil : Instant(nanoseconds: sum)
    }
}
