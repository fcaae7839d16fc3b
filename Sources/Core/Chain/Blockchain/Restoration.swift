package import WarrenPrimitives

/// Builds the chain of a node that starts again, from the rows of its store.
///
/// The last headers by height and the blocks off the chain are read page by page; what the ledger
/// and the evidence have is read whole with the resident spaces. No bodies are needed.
///
/// Batches reach the store in order and whole, so whatever prefix of them is there, every header
/// has its body and the ledger is that of the tip. Source: design §17.9.
package struct Restoration: Sendable {
    private let rules: ChainRules
    private var phase: Phase

    private enum Phase: Sendable {
        /// Headers so far, the highest first.
        case headers([Header], next: StoreRange)
        case forks([Header], [ForkRow], next: StoreRange)
        case done([Header], [ForkRow])
    }

    /// Rows in one page.
    package static let pageLimit = 4_096

    package init(_ rules: ChainRules) {
        self.rules = rules
        phase = .headers([], next: Self.heights(through: ForkRow.lastHeight))
    }

    /// What to read next; nil when ``finish(genesis:residents:limits:into:)`` has all it needs.
    package var wanted: StoreRange? {
        switch phase {
        case .headers(_, let next), .forks(_, _, let next): next
        case .done: nil
        }
    }

    /// Takes the answer to ``wanted``.
    package mutating func take(_ rows: [StoreChange]) throws(StoreFlaw) {
        switch phase {
        case .headers(var headers, let range):
            for row in rows { headers.append(try Self.header(row)) }
            let hasAll = headers.count > max(rules.securityParameter, 1)
            if !hasAll, !range.isLastPage(rows), let lowest = headers.last, lowest.height > 0 {
                let next = Self.heights(through: headerKey(at: lowest.height - 1))
                phase = .headers(headers, next: next)
            } else {
                phase = .forks(headers, [], next: Self.forks(from: ForkRow.firstKey))
            }
        case .forks(let headers, var forks, let range):
            for row in rows { forks.append(try ForkRow(row)) }
            if !range.isLastPage(rows), let last = rows.last?.key {
                phase = .forks(headers, forks, next: Self.forks(from: last + [0]))
            } else {
                phase = .done(headers, forks)
            }
        case .done: break
        }
    }

    /// The chain, when there is nothing more to read.
    ///
    /// `residents` are all rows of the ledger and of the evidence. The update says what was adopted
    /// that the node had not got to before it stopped; its changes remove what nobody can use.
    package func finish(
        genesis: [Ledger.GenesisPool],
        residents: [StoreChange],
        limits: Blockchain.Limits = .init(),
        into update: inout ChainUpdate
    ) throws(StoreFlaw) -> Blockchain {
        guard case .done(let headers, let forks) = phase else {
            preconditionFailure("there are rows to read still: \(phase)")
        }
        var chain = Blockchain(rules, genesis: genesis, limits: limits)
        try chain.restore(headers.reversed())
        chain.ledger = try Ledger(genesis: genesis, rows: residents, anchor: chain.anchor.height)
        for row in residents where row.space == .evidence && row.value != nil {
            chain.evidence.append(try Equivocation(row))
        }
        chain.evidence.sort { $0.isBefore($1) }
        chain.toldShown = chain.tip
        chain.restore(forks, into: &update)
        return chain
    }

    private static func header(_ row: StoreChange) throws(StoreFlaw) -> Header {
        guard let value = row.value, let header = try? Header(value),
            row.key == headerKey(at: header.height)
        else { throw .badRow(.header, key: row.key) }
        return header
    }

    private static func heights(through key: [UInt8]) -> StoreRange {
        StoreRange(
            .header,
            from: headerKey(at: 0),
            through: key,
            isDescending: true,
            rowLimit: pageLimit
        )
    }

    private static func forks(from key: [UInt8]) -> StoreRange {
        StoreRange(.header, from: key, through: ForkRow.lastKey, rowLimit: pageLimit)
    }
}

extension StoreRange {
    /// Whether there is nothing behind these rows, which answer the range.
    func isLastPage(_ rows: [StoreChange]) -> Bool {
        rows.count < rowLimit && rows.reduce(0) { $0 + ($1.value?.count ?? 0) } < byteLimit
    }
}

// MARK: - Putting the rows in place

extension Blockchain {
    /// Takes the last headers of the chain, the lowest first; one more than can be rolled back is
    /// the anchor.
    fileprivate mutating func restore(_ headers: [Header]) throws(StoreFlaw) {
        var headers = headers[...]
        if let first = headers.first {
            if first.height == 1 {
                guard first.previous == rules.genesisID else {
                    throw .otherGenesis(first.previous, expected: rules.genesisID)
                }
            } else {
                anchorHeader = headers.removeFirst()
            }
        }
        for header in headers {
            guard header.previous == tipID, header.height == tip.height + 1 else {
                throw .brokenChain(height: header.height)
            }
            plant(header, state: .chosen)
            chosen.append(header.id)
        }
        let excess = chosen.count - max(rules.securityParameter, 1)
        for id in chosen.prefix(max(excess, 0)) {
            guard let node = nodes.removeValue(forKey: id) else { continue }
            forgetTurn(of: node.header)
            anchorHeader = node.header
            roots = node.children
        }
        chosen.removeFirst(max(excess, 0))
    }

    /// Takes the blocks off the chain, and moves to the best of them if it is better.
    fileprivate mutating func restore(_ forks: [ForkRow], into update: inout ChainUpdate) {
        var best: Header?
        for row in forks.sorted(by: { $0.header.height < $1.header.height }) {
            guard nodes[row.header.id] == nil else { continue }
            guard nodes[row.header.previous] != nil || row.header.previous == anchorID else {
                // Its way to the chain had bodies missing, or is below the anchor now.
                update.changes += ForkRow.removals(of: row.header)
                continue
            }
            plant(row.header, state: .ready(row.registrations))
            if isBetter(row.header, than: best) { best = row.header }
        }
        if let best, isPreferable(best.id) {
            move(to: best.id, arrived: nil, hasRows: true, into: &update)
        }
        refreshShown(into: &update)
    }

    private mutating func plant(_ header: Header, state: State) {
        nodes[header.id] = Node(header: header, state: state)
        if header.previous == anchorID {
            roots.append(header.id)
        } else {
            nodes[header.previous]?.children.append(header.id)
        }
        count(header)
    }
}
