package import WarrenObservation
package import WarrenPrimitives

/// Transactions on their way into a block, in the order in which they came.
///
/// Each has a sequence number that only grows: who follows the pool remembers the last one seen and
/// asks for what came after, as O§8.7's servers do. The oldest go when there are too many. What the
/// last blocks hold is not taken again; what blocks left behind held is, at the end.
package struct Mempool: Sendable {
    package struct Limits: Hashable, Sendable {
        package var transactions = 16_384
        /// Bytes of encodings.
        package var bytes = 8 * 1024 * 1024
        /// Ids of transactions in blocks that are remembered: those of a few hundred full blocks of
        /// usual transactions.
        package var included = 65_536

        package init() {}
    }

    struct Entry: Sendable {
        var sequence: UInt64
        /// Nil when it is gone.
        var transaction: Transaction?
    }

    package let limits: Limits
    private let bodyByteLimit: Int
    /// By sequence.
    private(set) var entries: [Entry] = []
    /// No entry before this place has a transaction.
    private var head = 0
    private var sequences: [Hash: UInt64] = [:]
    private var included: RecentIDs
    /// The ledger that registrations were last held against.
    private var ledgerRevision: UInt64 = 0
    package private(set) var byteCount = 0
    /// The sequence number of the transaction that came last; 0 before the first.
    package private(set) var lastSequence: UInt64 = 0

    package init(_ rules: ChainRules, limits: Limits = Limits()) {
        self.limits = limits
        bodyByteLimit = min(rules.bodyByteLimit, Body.byteLimit)
        included = RecentIDs(limit: limits.included)
    }

    package var count: Int { sequences.count }

    package func contains(_ id: Hash) -> Bool { sequences[id] != nil }

    package func transaction(_ id: Hash) -> Transaction? {
        guard let sequence = sequences[id] else { return nil }
        let place = place(after: sequence - 1)
        return entries[place].transaction
    }

    /// Whether it is here, or in one of the last blocks: it need not be fetched.
    package func hasSeen(_ id: Hash) -> Bool { contains(id) || included.contains(id) }
}

// MARK: - Coming and going

extension Mempool {
    /// What became of a transaction that was offered.
    package enum Admission: Hashable, Sendable {
        case added(sequence: UInt64)
        case known
        /// It is in one of the last blocks.
        case included
        /// A registration that the pool's own, later one has overtaken.
        case stale
        /// Longer than a body may be.
        case tooLarge
        /// A registration that its pool did not sign.
        case unsigned

        /// Why the connection ends to a peer that sent it; nil if an honest one may.
        package var violation: CloseReason? {
            switch self {
            case .unsigned: .badTransaction
            case .added, .known, .included, .stale, .tooLarge: nil
            }
        }

        /// The word for it where transactions are submitted.
        package var admittance: Admittance {
            switch self {
            case .added: .added
            case .known: .known
            case .included: .included
            case .stale: .stale
            case .tooLarge: .tooLarge
            case .unsigned: .unsigned
            }
        }
    }

    /// Takes a transaction that a peer sent or somebody submitted here.
    package mutating func add(_ transaction: Transaction, ledger: Ledger) -> Admission {
        if contains(transaction.id) { return .known }
        if included.contains(transaction.id) { return .included }
        guard Body.size(of: transaction) <= bodyByteLimit else { return .tooLarge }
        guard !transaction.isStale(in: ledger) else { return .stale }
        guard transaction.isSound else { return .unsigned }
        return .added(sequence: append(transaction))
    }

    /// Follows the chain: what new blocks hold goes, what blocks left behind held comes back.
    ///
    /// Blocks whose bodies are only in the store are for the caller to read and to give to
    /// ``include(_:)`` and ``readmit(_:ledger:)``.
    package mutating func follow(_ events: [ChainEvent], ledger: Ledger) {
        for event in events {
            switch event {
            case .rolledBack(_, let steps):
                for body in steps.reversed().compactMap(\.body) { readmit(body, ledger: ledger) }
            case .adopted(let step):
                if let body = step.body { include(body) }
            case .shown, .equivocation: break
            }
        }
        revalidate(ledger: ledger)
    }

    /// A block of the chain holds these.
    package mutating func include(_ body: Body) {
        for transaction in body.transactions {
            included.insert(transaction.id)
            remove(transaction.id)
        }
    }

    /// A block that the chain left behind held these: they come after all others, within limits.
    package mutating func readmit(_ body: Body, ledger: Ledger) {
        for transaction in body.transactions {
            included.remove(transaction.id)
            guard !contains(transaction.id), !transaction.isStale(in: ledger) else { continue }
            append(transaction)
        }
    }

    /// Drops the registrations that the ledger has overtaken.
    private mutating func revalidate(ledger: Ledger) {
        guard ledger.revision != ledgerRevision else { return }
        ledgerRevision = ledger.revision
        let stale = entries.compactMap { entry in
            entry.transaction.flatMap { $0.isStale(in: ledger) ? $0.id : nil }
        }
        for id in stale { remove(id) }
    }

    @discardableResult
    private mutating func append(_ transaction: Transaction) -> UInt64 {
        lastSequence += 1
        entries.append(Entry(sequence: lastSequence, transaction: transaction))
        sequences[transaction.id] = lastSequence
        byteCount += transaction.encoding.count
        while count > limits.transactions || byteCount > limits.bytes, head < entries.count {
            if let oldest = entries[head].transaction { clear(oldest.id, at: head) }
            head += 1
        }
        tidy()
        return lastSequence
    }

    private mutating func remove(_ id: Hash) {
        guard let sequence = sequences[id] else { return }
        clear(id, at: place(after: sequence - 1))
    }

    private mutating func clear(_ id: Hash, at place: Int) {
        byteCount -= entries[place].transaction?.encoding.count ?? 0
        entries[place].transaction = nil
        sequences[id] = nil
    }

    /// Empty places never outnumber the transactions by more than a few.
    private mutating func tidy() {
        guard entries.count > 2 * count + 64 else { return }
        entries.removeAll { $0.transaction == nil }
        head = 0
    }

    /// The place of the first entry behind `sequence`.
    func place(after sequence: UInt64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Transaction {
    func isStale(in ledger: Ledger) -> Bool {
        switch content {
        case .payload: false
        case .registration(let registration): !ledger.isNews(registration)
        }
    }
}
