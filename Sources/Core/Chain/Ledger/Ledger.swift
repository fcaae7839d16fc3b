package import WarrenPeering
package import WarrenPrimitives

/// What the blocks of the chain have registered: pools, their stake and their relays.
///
/// A pool's registration with the greatest serial counts; a pool that has none is as the genesis
/// says. Superseded registrations are kept as long as the block that superseded them can be rolled
/// back. It has one row in the store for every registration that it keeps, written in the same batch
/// as the headers, so that the two never disagree. Source: O§9.1, design §5.
package struct Ledger: Sendable {
    /// Pools besides those of the genesis, those that went off included: their serials must not
    /// be used again.
    ///
    /// Further pools' registrations have no effect.
    ///
    /// As many as a snapshot may have.
    package static let poolLimit = 10_000

    /// A pool of the genesis.
    package struct GenesisPool: Hashable, Sendable {
        /// The raw Ed25519 public key with which it signs registrations.
        package var key: Hash
        package var pool: LedgerPeers.Pool

        package init(key: Hash, pool: LedgerPeers.Pool) {
            self.key = key
            self.pool = pool
        }
    }

    struct Version: Hashable, Sendable {
        var height: UInt64
        var registration: RelayRegistration
    }

    private let genesis: [Hash: LedgerPeers.Pool]
    /// Never empty, in the order of heights and of serials.
    private var versions: [Hash: [Version]] = [:]
    /// Which pools the blocks above the anchor registered, in the order of heights.
    private var recent: [Change] = []
    /// Grows with every change of ``pools``.
    package private(set) var revision: UInt64 = 0

    private struct Change: Hashable, Sendable {
        var height: UInt64
        var pool: Hash
    }

    /// The ledger before the first block; traps if a pool comes twice.
    package init(genesis: [GenesisPool]) {
        self.genesis = Dictionary(uniqueKeysWithValues: genesis.map { ($0.key, $0.pool) })
    }

    /// All pools with stake, in the order of their keys.
    package var pools: [LedgerPeers.Pool] {
        let keys = Set(genesis.keys).union(versions.keys).sorted()
        return keys.compactMap { key in
            let pool: LedgerPeers.Pool? =
                versions[key]?.last.map {
                    LedgerPeers.Pool(stake: $0.registration.pledge, relays: $0.registration.relays)
                } ?? genesis[key]
            return pool.flatMap { $0.stake > 0 ? $0 : nil }
        }
    }

    /// The serial that the next registration of a pool must exceed; nil if any will do.
    package func serial(of pool: Hash) -> UInt64? { versions[pool]?.last?.registration.serial }

    /// Whether the registration would have an effect now.
    package func isNews(_ registration: RelayRegistration) -> Bool {
        guard let serial = serial(of: registration.pool) else {
            return versions.count < Self.poolLimit
        }
        return registration.serial > serial
    }

    /// How many registrations are kept.
    package var versionCount: Int { versions.values.reduce(0) { $0 + $1.count } }
}

// MARK: - With the chain

extension Ledger {
    /// Takes in what the block at `height`, now the last of the chain, registers.
    mutating func apply(
        _ registrations: [RelayRegistration],
        height: UInt64,
        into changes: inout [StoreChange]
    ) {
        for registration in registrations where isNews(registration) {
            let version = Version(height: height, registration: registration)
            let isAgain = versions[registration.pool]?.last?.height == height
            if isAgain { versions[registration.pool]?.removeLast() }
            versions[registration.pool, default: []].append(version)
            if !isAgain { recent.append(Change(height: height, pool: registration.pool)) }
            changes.append(version.row)
            revision += 1
        }
    }

    /// Forgets what the blocks above `height` registered.
    ///
    /// - Returns: That, by their heights.
    mutating func rollBack(
        to height: UInt64,
        into changes: inout [StoreChange]
    ) -> [UInt64: [RelayRegistration]] {
        var undone: [UInt64: [RelayRegistration]] = [:]
        while let change = recent.last, change.height > height {
            recent.removeLast()
            guard let version = versions[change.pool]?.popLast() else { continue }
            if versions[change.pool]?.isEmpty == true { versions[change.pool] = nil }
            undone[change.height, default: []].append(version.registration)
            changes.append(version.removal)
            revision += 1
        }
        return undone
    }

    /// Blocks up to `height` cannot be rolled back any more: what they superseded can go.
    mutating func settle(through height: UInt64, into changes: inout [StoreChange]) {
        guard let first = recent.first, first.height <= height else { return }
        let settled = recent.prefix { $0.height <= height }
        for change in settled {
            while let old = versions[change.pool]?.first, old.height < change.height {
                versions[change.pool]?.removeFirst()
                changes.append(old.removal)
            }
        }
        recent.removeFirst(settled.count)
    }
}

// MARK: - In the store

extension Ledger {
    /// The ledger that the rows of ``StoreSpace/ledger`` hold; the anchor is at `height`.
    init(
        genesis: [GenesisPool],
        rows: [StoreChange],
        anchor height: UInt64
    ) throws(StoreFlaw) {
        self.init(genesis: genesis)
        let rows = rows.filter { $0.space == .ledger && $0.value != nil }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for row in rows {
            guard let version = Version(row) else { throw .badRow(.ledger, key: row.key) }
            versions[version.registration.pool, default: []].append(version)
            guard version.height > height else { continue }
            recent.append(Change(height: version.height, pool: version.registration.pool))
        }
        // Rows come by pool; of one height the order of pools does not matter.
        recent.sort { ($0.height, $0.pool) < ($1.height, $1.pool) }
    }
}

extension Ledger.Version {
    private var key: [UInt8] { registration.pool.bytes + height.bigEndianBytes }

    var row: StoreChange {
        let encoding = Transaction(.registration(registration)).encoding
        return StoreChange(.ledger, key: key, value: encoding)
    }

    var removal: StoreChange { StoreChange(.ledger, key: key, value: nil) }

    init?(_ row: StoreChange) {
        guard row.key.count == Hash.byteCount + 8, let value = row.value,
            let transaction = try? Transaction(value),
            case .registration(let registration) = transaction.content,
            row.key.starts(with: registration.pool.bytes)
        else { return nil }
        height = row.key.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
        self.registration = registration
    }
}
