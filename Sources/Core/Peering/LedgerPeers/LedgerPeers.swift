package import WarrenPrimitives

/// Draws peers from the pools that are registered in the ledger, by their stake.
///
/// Maps from stake to pools are made when asked for and kept for a while. They come from the ledger
/// or from a snapshot file, whichever is newer. Source: O§9.1, O§9.2.
package struct LedgerPeers: Sendable {
    /// How long the maps are used; not paced.
    package static let cacheDuration: Duration = .seconds(1847)
    /// How long empty maps are used while ledger peers are enabled.
    package static let emptyCacheDuration: Duration = .seconds(30)
    /// How long the governor waits after an answer before it asks for more.
    package static let answerDuration: Duration = .seconds(5)
    /// What one request may ask for: as many as may be known (O§3.2).
    package static let requestLimit = 10_000

    /// A stake pool and where it wants to be reached.
    package struct Pool: Hashable, Sendable {
        /// In any unit, the same for all; only shares count.
        package var stake: UInt64
        package var relays: [Topology.AccessPoint]

        package init(stake: UInt64, relays: [Topology.AccessPoint]) {
            self.stake = stake
            self.relays = relays
        }
    }

    package enum Kind: Hashable, Sendable, CaseIterable {
        /// Any pool, by the square root of its stake.
        case all
        /// Pools that hold nine tenths of the stake together, by their stake.
        case big
    }

    /// Where the maps come from.
    package enum Origin: Hashable, Sendable {
        case nowhere, ledger, snapshot
    }

    private var ledgerPools: [Pool]
    package private(set) var snapshot: LedgerSnapshot?
    /// Below zero or nil: ledger peers are off.
    package private(set) var useAfterSlot: Int64?
    /// The slot that the ledger has come to; its genesis is slot 0.
    package private(set) var ledgerSlot: UInt64 = 0
    private var cache: Cache?

    private struct Cache: Sendable {
        var origin: Origin
        var all: StakeMap
        var big: StakeMap
        var madeAt: Instant

        var lifetime: Duration {
            all.isEmpty ? LedgerPeers.emptyCacheDuration : LedgerPeers.cacheDuration
        }
    }

    package init(ledgerPools: [Pool], snapshot: LedgerSnapshot?, useAfterSlot: Int64?) {
        self.ledgerPools = ledgerPools
        self.snapshot = snapshot
        self.useAfterSlot = useAfterSlot
    }

    /// True when the topology asks for ledger peers, be the ledger far enough or not.
    package var isEnabled: Bool { useAfterSlot.map { $0 >= 0 } ?? false }

    package mutating func reached(_ slot: UInt64) { ledgerSlot = max(ledgerSlot, slot) }

    /// Takes over what the topology now says; the maps are made anew.
    ///
    /// - Returns: Whether the snapshot is another one.
    package mutating func use(afterSlot slot: Int64?, snapshot: LedgerSnapshot?) -> Bool {
        let isNew = snapshot != self.snapshot
        guard isNew || slot != useAfterSlot else { return false }
        useAfterSlot = slot
        self.snapshot = snapshot
        cache = nil
        return isNew
    }

    /// The ledger has these pools now; they count from the next maps on.
    package mutating func use(ledgerPools: [Pool]) { self.ledgerPools = ledgerPools }

    /// Draws `count` times a relay of a pool, and gives each that was drawn once.
    ///
    /// Nil when there are no ledger peers: they are off, the ledger is not there yet, or no pool has
    /// a relay.
    package mutating func draw(
        _ count: Int,
        of kind: Kind,
        now: Instant,
        random: inout Random
    ) -> [Topology.AccessPoint]? {
        guard isEnabled else { return nil }
        let cache = fresh(now: now)
        guard !cache.all.isEmpty else { return nil }
        let map: StakeMap =
            switch kind {
            case .all: cache.all
            case .big: cache.big
            }
        var drawn: [Topology.AccessPoint] = []
        var seen: Set<Topology.AccessPoint> = []
        for _ in 0..<min(max(count, 0), Self.requestLimit) {
            guard let relay = map.draw(random: &random), seen.insert(relay).inserted else {
                continue
            }
            drawn.append(relay)
        }
        return drawn
    }

    /// Where the maps that are in use at `now` come from.
    package mutating func origin(now: Instant) -> Origin {
        isEnabled ? fresh(now: now).origin : .nowhere
    }

    private mutating func fresh(now: Instant) -> Cache {
        if let cache, now < cache.madeAt.advanced(by: cache.lifetime) { return cache }
        let (origin, pools, total) = source
        let usable = pools.filter { !$0.relays.isEmpty && $0.stake > 0 }
        let made = Cache(
            origin: usable.isEmpty ? .nowhere : origin,
            all: StakeMap(all: usable),
            big: StakeMap(big: usable, total: total),
            madeAt: now
        )
        cache = made
        return made
    }

    /// The pools to use now, and the stake of which nine tenths are big; nil: all of theirs.
    ///
    /// A snapshot counts while the ledger has not passed it, if it is late enough itself.
    private var source: (Origin, [Pool], total: UInt64?) {
        guard let useAfterSlot, useAfterSlot >= 0 else { return (.nowhere, [], nil) }
        let least = UInt64(useAfterSlot)
        if let snapshot, snapshot.slot >= ledgerSlot, snapshot.slot >= least {
            return (.snapshot, snapshot.pools, LedgerSnapshot.wholeStake)
        }
        return ledgerSlot >= least ? (.ledger, ledgerPools, nil) : (.nowhere, [], nil)
    }
}
