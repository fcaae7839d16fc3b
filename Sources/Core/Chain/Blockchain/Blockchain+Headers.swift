package import WarrenPrimitives

/// What became of a header that a peer showed.
package enum HeaderOutcome: Hashable, Sendable {
    /// It is in the tree now.
    case taken
    case known
    /// There is no room, mostly because its height is too far above our tip: to be offered again
    /// when that has grown.
    case tooFarAhead
    /// Its producer made too many for that slot: to be offered again when something stands on it.
    case surplus
    /// The block before it is not here, or not any more: look for the intersection anew.
    case unknownParent
    /// Its body is known to break the rules; a peer may show it in good faith, before it has that
    /// body itself.
    case refused
}

// MARK: - Headers

extension Blockchain {
    /// Takes a header that a peer showed, if it obeys the rules.
    ///
    /// One that is known costs no check. `isBuiltOn` says that another stands on it, which the peer
    /// shows, too.
    package mutating func take(
        _ header: Header,
        isBuiltOn: Bool = false,
        now: Instant,
        into update: inout ChainUpdate
    ) throws(HeaderFlaw) -> HeaderOutcome {
        if nodes[header.id] != nil || header.id == anchorHeader?.id { return .known }
        if refused.contains(header.id) { return .refused }
        guard !refused.contains(header.previous) else { throw .onRefused(header.previous) }
        let previous = nodes[header.previous]?.header
        let isFirst = anchorHeader == nil && header.height <= 1
        if previous == nil, header.previous != anchorID, !isFirst {
            guard header.height > anchor.height + 1 else {
                throw .forkTooDeep(height: header.height, anchor: anchor.height)
            }
            return .unknownParent
        }
        let base = previous ?? anchorHeader
        guard (base?.height ?? 0) < tip.height + limits.headersAhead else { return .tooFarAhead }
        let takenCount = turns[Turn(header)]?.takenCount ?? 0
        guard isBuiltOn || takenCount < limits.headersTakenPerSlot else { return .surplus }
        try rules.check(header, on: base, leaders: leaders, now: now)
        insert(header, into: &update)
        refreshShown(into: &update)
        return nodes[header.id] == nil ? .tooFarAhead : .taken
    }

    /// Gives up on a body: its header is shown to nobody any more, until the body comes.
    package mutating func withdraw(_ id: Hash, into update: inout ChainUpdate) {
        guard nodes[id]?.state == .awaited else { return }
        nodes[id]?.state = .withdrawn
        refreshShown(into: &update)
    }

    /// Puts a valid header in the tree, and lets others go where there are too many.
    mutating func insert(_ header: Header, into update: inout ChainUpdate) {
        nodes[header.id] = Node(header: header, state: .awaited)
        if header.previous == anchorID {
            roots.append(header.id)
        } else {
            nodes[header.previous]?.children.append(header.id)
        }
        let turn = Turn(header)
        if let first = turns[turn]?.ids.first.flatMap({ nodes[$0]?.header }) {
            record(Equivocation(first: first, second: header), into: &update)
        }
        count(header)
        limitTurn(turn, keeping: header.id, into: &update)
        limitForks(keeping: header.id, into: &update)
    }

    /// Says that the chain is shown up to another point, if it is.
    ///
    /// A header that is shown stays shown as long as it stands on the tip and its body is awaited.
    mutating func refreshShown(into update: inout ChainUpdate) {
        if !isShowable(tentative) {
            let children = chosen.last.flatMap { nodes[$0]?.children } ?? roots
            tentative = children.filter { nodes[$0]?.state == .awaited }
                .min { reach(of: $0) < reach(of: $1) }
        }
        guard shown != toldShown else { return }
        toldShown = shown
        update.events.append(.shown(shown))
    }

    private func isShowable(_ id: Hash?) -> Bool {
        guard let id, let node = nodes[id] else { return false }
        return node.state == .awaited && node.header.previous == tipID
    }
}

// MARK: - Branches

extension Blockchain {
    /// How far a branch reaches: branches that reach higher, then those with the lower hash at
    /// their root, come first.
    struct Reach: Comparable {
        var height: UInt64
        var root: Hash

        static func < (lhs: Reach, rhs: Reach) -> Bool {
            (rhs.height, lhs.root) < (lhs.height, rhs.root)
        }
    }

    func reach(of root: Hash) -> Reach {
        var height: UInt64 = 0
        var open = [root]
        while let id = open.popLast() {
            guard let node = nodes[id] else { continue }
            height = max(height, node.header.height)
            open.append(contentsOf: node.children)
        }
        return Reach(height: height, root: root)
    }

    /// Lets a header off the chain go, with all that stands on it and with their bodies.
    mutating func dropBranch(_ root: Hash, into update: inout ChainUpdate) {
        if let previous = nodes[root]?.header.previous {
            if previous == anchorID { roots.removeAll { $0 == root } }
            nodes[previous]?.children.removeAll { $0 == root }
        }
        var open = [root]
        while let id = open.popLast() {
            guard let node = nodes.removeValue(forKey: id) else { continue }
            open.append(contentsOf: node.children)
            forgetTurn(of: node.header)
            bodies.remove(id)
            switch node.state {
            case .awaited, .withdrawn: break
            case .held, .ready: update.changes += ForkRow.removals(of: node.header)
            case .chosen: preconditionFailure("\(node.header.point) is on the chain: dropped")
            }
        }
    }

    func protects(_ id: Hash) -> Bool { isChosen(id) || id == tentative }

    /// Counts a header among those of its producer for its slot.
    mutating func count(_ header: Header) {
        let turn = Turn(header)
        turns[turn, default: Signed()].ids.append(header.id)
        turns[turn]?.takenCount += 1
    }

    mutating func forgetTurn(of header: Header) {
        let turn = Turn(header)
        turns[turn]?.ids.removeAll { $0 == header.id }
        if turns[turn]?.ids.isEmpty == true { turns[turn] = nil }
    }

    /// Of one producer's headers for one slot, the branches that reach least far go first; the
    /// chain's own never do, nor does that which is kept.
    private mutating func limitTurn(
        _ turn: Turn,
        keeping kept: Hash,
        into update: inout ChainUpdate
    ) {
        while let rivals = turns[turn]?.ids, rivals.count > limits.headersPerSlot {
            let others = rivals.filter { $0 != kept && !protects($0) }
            guard let least = others.map({ reach(of: $0) }).max() else { return }
            dropBranch(least.root, into: &update)
        }
    }

    /// Of all headers off the chain, the lowest that nothing stands on goes first; the one that is
    /// kept goes only if there is no other.
    private mutating func limitForks(keeping kept: Hash, into update: inout ChainUpdate) {
        while forkHeaderCount > limits.forkHeaders {
            var least: Reach?
            for (id, node) in nodes where node.children.isEmpty && id != kept && !protects(id) {
                let reach = Reach(height: node.header.height, root: id)
                if least.map({ $0 < reach }) ?? true { least = reach }
            }
            guard let root = least?.root ?? (nodes[kept] == nil ? nil : kept) else { return }
            dropBranch(root, into: &update)
        }
    }
}

// MARK: - Evidence

extension Blockchain {
    /// Keeps evidence, and says so, if there is none yet of that producer for that slot.
    private mutating func record(_ found: Equivocation, into update: inout ChainUpdate) {
        let place = evidence.firstIndex { !$0.isBefore(found) } ?? evidence.count
        guard place == evidence.count || found.isBefore(evidence[place]) else { return }
        // The lowest would be the first to go.
        guard place > 0 || evidence.count < limits.evidence else { return }
        evidence.insert(found, at: place)
        update.changes.append(found.row)
        update.events.append(.equivocation(found))
        while evidence.count > limits.evidence {
            update.changes.append(evidence.removeFirst().removal)
        }
    }
}

extension Equivocation {
    func isBefore(_ other: Equivocation) -> Bool {
        (slot, producer) < (other.slot, other.producer)
    }
}
