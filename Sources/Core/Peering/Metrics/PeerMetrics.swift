package import WarrenPrimitives

/// Counts who was first with headers and with bodies, over the last slots.
///
/// Its scores decide only who is demoted from hot first. A peer is known here by its node id, as
/// handles come and go. Each report costs a search among ``slotLimit`` slots, and once per new slot
/// a look at every peer in the window. Source: O§5.1.
package struct PeerMetrics: Sendable, Equatable {
    /// Slots that each of the two boards keeps; an hour at a block every 20 s.
    ///
    /// Source: O§5.1.
    package static let slotLimit = 180
    /// Peers that may be in the registries; hot peers of one window are far fewer.
    ///
    /// Past it the peer that was silent for longest is dropped. Ours.
    package static let peerLimit = 1024
    /// What one body may count for, in bytes, so that sums cannot overflow.
    ///
    /// Ours.
    package static let bytesLimit = 1 << 40

    /// What makes a score's value.
    ///
    /// Source: O§3.5.
    package enum Measure: Hashable, Sendable, CaseIterable {
        /// Headers and bodies that came first: for nodes that are caught up, in Praos.
        case firsts
        /// Bytes of the bodies that came first: for bulk fetching, and in Genesis always.
        case bytes
    }

    package enum Input: Hashable, Sendable {
        case headerSeen(by: NodeID, slot: UInt64)
        case bodySeen(by: NodeID, slot: UInt64, bytes: Int)
        case measure(Measure)
    }

    package enum Effect: Hashable, Sendable {
        /// The score of a peer is now another.
        case scored(NodeID, Governor.Score)
    }

    private(set) var headers = Board()
    private(set) var bodies = Board()
    private(set) var rows = Roster<NodeID, Row>()
    private(set) var measure: Measure
    /// Registry entries up to this slot are gone.
    private var sweptSlot: UInt64?

    /// What is remembered of one peer; gone when nothing is.
    struct Row: Hashable, Sendable {
        /// Tracked slots in which it was first with the header.
        var headerCount = 0
        /// Tracked slots in which it was first with the body.
        var bodyCount = 0
        var bodyBytes = 0
        var joinedSlot: UInt64?
        var lastSlot: UInt64?

        var isEmpty: Bool {
            headerCount == 0 && bodyCount == 0 && joinedSlot == nil && lastSlot == nil
        }

        func score(_ measure: Measure) -> Governor.Score {
            switch measure {
            case .firsts: Governor.Score(value: headerCount + bodyCount, joinedSlot: joinedSlot)
            case .bytes: Governor.Score(value: bodyBytes, joinedSlot: joinedSlot)
            }
        }
    }

    package init(measure: Measure = .firsts) { self.measure = measure }

    package mutating func handle(
        _ input: Input,
        now: Instant,
        into effects: inout [Effect]
    ) {
        var before: [(peer: NodeID, score: Governor.Score)] = []
        switch input {
        case .headerSeen(let peer, let slot):
            register(peer, slot, &before)
            record(Board.Entry(slot: slot, peer: peer, at: now, bytes: 0), on: \.headers, &before)
        case .bodySeen(let peer, let slot, let bytes):
            register(peer, slot, &before)
            let counted = min(max(bytes, 0), Self.bytesLimit)
            record(
                Board.Entry(slot: slot, peer: peer, at: now, bytes: counted),
                on: \.bodies,
                &before
            )
        case .measure(let measure):
            for peer in rows.ids { before.append((peer, score(of: peer))) }
            self.measure = measure
        }
        report(before, into: &effects)
    }

    /// What the governor is to think of a peer.
    package func score(of peer: NodeID) -> Governor.Score {
        rows[peer]?.score(measure) ?? Governor.Score()
    }

    /// Headers first, bodies first, and the bytes of those.
    package func counts(of peer: NodeID) -> (headers: Int, bodies: Int, bytes: Int)? {
        rows[peer].map { ($0.headerCount, $0.bodyCount, $0.bodyBytes) }
    }

    /// How many peers anything is remembered of.
    package var peerCount: Int { rows.count }

    /// Says whose score is not what it was; the first mention of a peer counts.
    private mutating func report(
        _ before: [(peer: NodeID, score: Governor.Score)],
        into effects: inout [Effect]
    ) {
        var told: Set<NodeID> = []
        for (peer, old) in before where told.insert(peer).inserted {
            let new = score(of: peer)
            if new != old { effects.append(.scored(peer, new)) }
            if rows[peer]?.isEmpty == true { rows.remove(peer) }
        }
    }
}

// MARK: - The boards

extension PeerMetrics {
    private mutating func record(
        _ entry: Board.Entry,
        on board: WritableKeyPath<Self, Board>,
        _ before: inout [(peer: NodeID, score: Governor.Score)]
    ) {
        let isHeader = board == \.headers
        for change in self[keyPath: board].enter(entry) {
            before.append((change.entry.peer, score(of: change.entry.peer)))
            rows[change.entry.peer, default: Row()].count(
                change.entry,
                isHeader: isHeader,
                sign: change.isGain ? 1 : -1
            )
        }
    }
}

extension PeerMetrics.Row {
    fileprivate mutating func count(
        _ entry: PeerMetrics.Board.Entry,
        isHeader: Bool,
        sign: Int
    ) {
        if isHeader {
            headerCount += sign
        } else {
            bodyCount += sign
            bodyBytes += sign * entry.bytes
        }
    }
}

// MARK: - The registries

extension PeerMetrics {
    /// Notes that a peer reported something of a slot, after what is out of the window was dropped.
    ///
    /// A peer that is in neither registry counts as new, so also after a window of silence.
    private mutating func register(
        _ peer: NodeID,
        _ slot: UInt64,
        _ before: inout [(peer: NodeID, score: Governor.Score)]
    ) {
        sweep(&before)
        let row = rows[peer]
        if row?.lastSlot == nil { makeRoom(&before) }
        before.append((peer, score(of: peer)))
        let isNew = row?.joinedSlot == nil && row?.lastSlot == nil
        rows[peer, default: Row()].lastSlot = max(row?.lastSlot ?? slot, slot)
        if isNew { rows.update(peer) { $0.joinedSlot = slot } }
        // Such an entry is to be dropped with the next report, not with the next slot.
        if let swept = sweptSlot, slot <= swept { sweptSlot = nil }
    }

    /// Drops entries at or below the oldest slot on either board.
    private mutating func sweep(_ before: inout [(peer: NodeID, score: Governor.Score)]) {
        guard let oldest = [headers.oldest, bodies.oldest].compactMap(\.self).min(),
            sweptSlot.map({ $0 < oldest }) ?? true
        else { return }
        sweptSlot = oldest
        for peer in rows.ids {
            guard let row = rows[peer] else { continue }
            let joined = row.joinedSlot.flatMap { $0 <= oldest ? nil : $0 }
            let last = row.lastSlot.flatMap { $0 <= oldest ? nil : $0 }
            guard joined != row.joinedSlot || last != row.lastSlot else { continue }
            before.append((peer, row.score(measure)))
            rows.update(peer) {
                $0.joinedSlot = joined
                $0.lastSlot = last
            }
        }
    }

    private mutating func makeRoom(_ before: inout [(peer: NodeID, score: Governor.Score)]) {
        let listed = rows.ids.filter { rows[$0]?.lastSlot != nil }
        guard listed.count >= Self.peerLimit,
            let oldest = listed.min(by: { lastSlot(of: $0) < lastSlot(of: $1) })
        else { return }
        before.append((oldest, score(of: oldest)))
        rows.update(oldest) {
            $0.joinedSlot = nil
            $0.lastSlot = nil
        }
    }

    private func lastSlot(of peer: NodeID) -> UInt64 { rows[peer]?.lastSlot ?? 0 }
}
