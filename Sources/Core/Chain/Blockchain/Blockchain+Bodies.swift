import WarrenPeering
package import WarrenPrimitives

/// What became of a body.
package enum BodyOutcome: Hashable, Sendable {
    /// It is in the store with this update, and the chain has changed if it is better so.
    case taken
    case known
    /// Its header is not in the tree, or not any more.
    case unknownHeader
}

// MARK: - Bodies

extension Blockchain {
    /// Takes a block whose body was checked; its header was taken before.
    package mutating func take(
        _ block: Block,
        into update: inout ChainUpdate
    ) -> BodyOutcome {
        take(block, hasRows: false, into: &update)
    }

    /// The body that the header names breaks the rules: nobody can have a chain with it.
    ///
    /// It goes, with all that stands on it, and is not taken again.
    package mutating func refuse(_ id: Hash, into update: inout ChainUpdate) {
        switch nodes[id]?.state {
        case .awaited, .withdrawn: dropBranch(id, into: &update)
        // Its body is here and in order: it was not the one that the caller checked.
        case .held, .ready, .chosen: return
        case nil: break
        }
        refused.insert(id)
        refreshShown(into: &update)
    }

    /// `hasRows` says that its body and its row as a fork are in the store already.
    mutating func take(
        _ block: Block,
        hasRows: Bool,
        into update: inout ChainUpdate
    ) -> BodyOutcome {
        let id = block.header.id
        guard let node = nodes[id] else { return .unknownHeader }
        switch node.state {
        case .held, .ready, .chosen: return .known
        case .awaited, .withdrawn: break
        }
        bodies.insert(block)
        nodes[id]?.state = .held(block.body.registrations)
        if !hasRows, let key = bodyKey(of: node.header.point) {
            update.changes.append(StoreChange(.body, key: key, value: block.body.encoding))
        }
        if let best = makeReady(from: id), isPreferable(best) {
            // The way to it leads over the block itself.
            move(to: best, arrived: block, hasRows: hasRows, into: &update)
        } else if !hasRows {
            let row = ForkRow(header: node.header, registrations: block.body.registrations)
            update.changes.append(row.change)
        }
        refreshShown(into: &update)
        return .taken
    }

    /// Follows the bodies that are here from `id` upward.
    ///
    /// - Returns: The best header to which all are here now; nil if a body before `id` is missing.
    private mutating func makeReady(from id: Hash) -> Hash? {
        guard let header = nodes[id]?.header, isReady(header.previous) else { return nil }
        var best: Header?
        var open = [id]
        while let id = open.popLast() {
            guard let node = nodes[id], case .held(let registrations) = node.state else { continue }
            nodes[id]?.state = .ready(registrations)
            if isBetter(node.header, than: best) { best = node.header }
            open.append(contentsOf: node.children)
        }
        return best?.id
    }

    private func isReady(_ id: Hash) -> Bool {
        guard let node = nodes[id] else { return id == anchorID }
        switch node.state {
        case .ready, .chosen: return true
        case .awaited, .withdrawn, .held: return false
        }
    }
}

// MARK: - Moving from chain to chain

extension Blockchain {
    /// Makes the chain that ends with `id`, all of whose bodies are here, the node's own.
    ///
    /// All blocks off the chain have their rows in the store, but for `arrived` without `hasRows`.
    mutating func move(
        to id: Hash,
        arrived: Block?,
        hasRows: Bool,
        into update: inout ChainUpdate
    ) {
        var path: [Hash] = []
        var place = id
        while let node = nodes[place], node.state != .chosen {
            path.append(place)
            place = node.header.previous
        }
        let kept = nodes[place].map { Int($0.header.height - anchor.height) } ?? 0
        rollBack(keeping: kept, into: &update)
        for id in path.reversed() {
            if let arrived, arrived.header.id == id {
                adopt(id, body: arrived.body, hasRow: hasRows, into: &update)
            } else {
                adopt(id, body: bodies.body(of: id), hasRow: true, into: &update)
            }
        }
        raiseAnchor(into: &update)
    }

    /// Leaves all blocks above the first `count` behind: they are a fork now.
    private mutating func rollBack(keeping count: Int, into update: inout ChainUpdate) {
        guard count < chosen.count else { return }
        let height = anchor.height + UInt64(count)
        let undone = ledger.rollBack(to: height, into: &update.changes)
        var steps: [ChainStep] = []
        while chosen.count > count, let id = chosen.popLast() {
            guard let header = nodes[id]?.header else { continue }
            let registrations = undone[header.height] ?? []
            nodes[id]?.state = .ready(registrations)
            update.changes.append(ForkRow(header: header, registrations: registrations).change)
            steps.append(ChainStep(header: header, body: bodies.body(of: id)))
        }
        update.events.append(.rolledBack(to: tip, steps))
    }

    private mutating func adopt(
        _ id: Hash,
        body: Body?,
        hasRow: Bool,
        into update: inout ChainUpdate
    ) {
        guard let node = nodes[id], case .ready(let registrations) = node.state else {
            preconditionFailure("\(id.short) is not ready to be adopted")
        }
        let header = node.header
        nodes[id]?.state = .chosen
        chosen.append(id)
        update.changes.append(
            StoreChange(.header, key: headerKey(at: header.height), value: header.encoding)
        )
        if hasRow { update.changes.append(ForkRow.removal(of: header)) }
        ledger.apply(registrations, height: header.height, into: &update.changes)
        update.events.append(.adopted(ChainStep(header: header, body: body)))
    }

    /// Moves the anchor up to where no rollback reaches; what forks off below it goes.
    private mutating func raiseAnchor(into update: inout ChainUpdate) {
        let excess = chosen.count - max(rules.securityParameter, 1)
        guard excess > 0 else { return }
        for id in chosen.prefix(excess) {
            for root in roots where root != id { dropBranch(root, into: &update) }
            guard let node = nodes.removeValue(forKey: id) else { continue }
            forgetTurn(of: node.header)
            anchorHeader = node.header
            roots = node.children
        }
        chosen.removeFirst(excess)
        ledger.settle(through: anchor.height, into: &update.changes)
    }
}
