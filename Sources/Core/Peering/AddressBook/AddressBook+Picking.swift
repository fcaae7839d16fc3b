package import WarrenPrimitives

extension AddressBook {
    /// A random entry's address; nil if the book, or the tier that chance chose, is empty.
    ///
    /// `bias`, 0 to 100, is how much new entries are preferred: an old one is chosen with
    /// probability √old·(100−bias) / (√old·(100−bias) + √new·bias), in integers. Then a bucket that
    /// holds something, then an entry of it: entries in many or in thin buckets are likelier.
    /// Source: C§6.6.
    package func pick(bias: Int, random: inout Random) -> PeerAddress? {
        precondition((0...100).contains(bias), "bias \(bias) must lie in 0...100")
        guard !isEmpty else { return nil }
        let odds = oldOdds(bias: bias)
        let isOld = odds.total > 0 && random.below(odds.total) < odds.old
        let slot = shelves.randomMember(of: isOld ? .old : .new, random: &random)
        return slot.map { shelves.address(of: $0) }
    }

    /// The chance that a pick is of an old entry, as a fraction.
    package func oldOdds(bias: Int) -> (old: Int, total: Int) {
        let old = shelves.old.root * (100 - bias)
        return (old, old + shelves.new.root * bias)
    }

    /// How much ensure-peers prefers new entries with this many outbound peers (C§7.5).
    package static func bias(outboundCount: Int) -> Int { min(max(outboundCount, 0), 8) * 10 + 10 }

    /// Up to `count` addresses to dial now, each of another node.
    ///
    /// First 3 × `count` biased picks, as ensure-peers does. What still lacks then is looked for
    /// among up to ``drawWalkLimit`` entries in random order: in a small book that is mostly
    /// excluded, picks alone would miss the few that are left (C§12 "slow discovery").
    /// Source: C§7.5, C§7.6.
    package mutating func draw(
        _ count: Int,
        outboundCount: Int,
        excluding isExcluded: (NodeID) -> Bool,
        now: Instant,
        random: inout Random
    ) -> [PeerAddress] {
        var drawn: [PeerAddress] = []
        var seen: Set<NodeID> = []
        let bias = Self.bias(outboundCount: outboundCount)
        for _ in 0..<3 * max(count, 0) where drawn.count < count {
            guard let address = pick(bias: bias, random: &random),
                seen.insert(address.id).inserted, isDialable(address.id, now: now),
                !isExcluded(address.id)
            else { continue }
            drawn.append(address)
        }
        guard drawn.count < count else { return drawn }
        var walk = Walk()
        for _ in 0..<Self.drawWalkLimit where drawn.count < count {
            guard let slot = step(&walk, random: &random) else { break }
            // A walk meets nobody twice.
            let record = shelves[slot]
            guard record.isDialable(now: now), !seen.contains(record.address.id),
                !isExcluded(record.address.id)
            else { continue }
            drawn.append(record.address)
        }
        return drawn
    }

    /// How many entries a draw looks at after its picks.
    package static let drawWalkLimit = 256
}

// MARK: - Selections

extension AddressBook {
    /// The percentage of the book, and the bounds, of what is given to who asks (C§6.1).
    package static let selectionPercent = 23
    package static let selectionFloor = 32
    package static let selectionLimit = 250

    /// How many addresses a selection from a book of `count` has.
    ///
    /// Source: C§6.6.
    package static func selectionSize(of count: Int) -> Int {
        min(selectionLimit, max(min(selectionFloor, count), selectionPercent * count / 100))
    }

    /// What is given to a peer that asks: random entries, each at most once.
    ///
    /// Source: C§6.6 GetSelection.
    package mutating func selection(random: inout Random) -> [PeerAddress] {
        selection(random: &random) { _ in true }
    }

    /// A selection among the entries that `isShared` lets through.
    package mutating func selection(
        random: inout Random,
        where isShared: (BookRecord) -> Bool
    ) -> [PeerAddress] {
        let size = Self.selectionSize(of: count)
        var chosen: [PeerAddress] = []
        chosen.reserveCapacity(size)
        var walk = Walk()
        while chosen.count < size, let slot = step(&walk, random: &random) {
            if isShared(shelves[slot]) { chosen.append(shelves[slot].address) }
        }
        return chosen
    }

    /// A selection of which about `bias` percent are new, as far as there are: new ones first.
    ///
    /// What a seed answers. Source: C§6.6 GetSelectionWithBias.
    package mutating func selection(
        bias: Int,
        random: inout Random,
        where isShared: (BookRecord) -> Bool = { _ in true }
    ) -> [PeerAddress] {
        precondition((0...100).contains(bias), "bias \(bias) must lie in 0...100")
        let size = Self.selectionSize(of: count)
        let wanted = max((bias * size + 50) / 100, size - oldCount)
        var chosen: [PeerAddress] = []
        chosen.reserveCapacity(size)
        var walk = Walk()
        while chosen.count < wanted, let slot = step(&walk, of: .new, random: &random) {
            if isShared(shelves[slot]) { chosen.append(shelves[slot].address) }
        }
        while chosen.count < size, let slot = step(&walk, of: .old, random: &random) {
            if isShared(shelves[slot]) { chosen.append(shelves[slot].address) }
        }
        return chosen
    }

    /// A seed's preference for new entries in its answers (C§7.2).
    package static let seedBias = 30

    /// How far a random choice without replacement has come in each tier's list.
    private struct Walk {
        var new = 0
        var old = 0
    }

    /// The next entry of the book in random order, each equally likely; nil after the last.
    private mutating func step(_ walk: inout Walk, random: inout Random) -> Int? {
        let newRest = newCount - walk.new
        let oldRest = oldCount - walk.old
        guard newRest + oldRest > 0 else { return nil }
        let number = random.below(newRest + oldRest)
        if number < newRest {
            walk.new += 1
            return shelves.draw(walk.new - 1 + number, to: walk.new - 1, of: .new)
        }
        walk.old += 1
        return shelves.draw(walk.old - 1 + number - newRest, to: walk.old - 1, of: .old)
    }

    /// The next entry of a tier in random order; nil after the last.
    private mutating func step(
        _ walk: inout Walk,
        of tier: Tier,
        random: inout Random
    ) -> Int? {
        switch tier {
        case .new:
            guard walk.new < newCount else { return nil }
            walk.new += 1
            let other = walk.new - 1 + random.below(newCount - walk.new + 1)
            return shelves.draw(other, to: walk.new - 1, of: .new)
        case .old:
            guard walk.old < oldCount else { return nil }
            walk.old += 1
            let other = walk.old - 1 + random.below(oldCount - walk.old + 1)
            return shelves.draw(other, to: walk.old - 1, of: .old)
        }
    }
}
