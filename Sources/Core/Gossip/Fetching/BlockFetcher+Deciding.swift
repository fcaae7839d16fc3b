import WarrenChain
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

// MARK: - Whom to ask for what

extension BlockFetcher {
    /// Asks for what is wanted and not on its way, as far as limits and credit go.
    mutating func decide(
        _ candidates: Roster<PeerID, Candidate>,
        now: Instant,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        var open = suppliers.ids.filter { hasRoom($0, now: now) }
        // What slow peers owe holds up nobody else: how much that can be, they have a limit each.
        let stuck = stuckByteCount(now: now)
        var index = wanted.startIndex
        while index < wanted.endIndex, !open.isEmpty, byteCount - stuck < Self.byteLimit {
            guard let peer = choose(for: index, among: open, candidates, now: now) else {
                index += 1
                continue
            }
            let run = run(from: index, of: peer, room: stuck, candidates, now: now)
            let message = BlockMessage.requestRange(
                from: run[0].point,
                to: run[run.count - 1].point
            )
            let bytes = message.bytes
            guard credit.spend(peer, GossipChannel.blocks, bytes: bytes.count) else {
                open.removeAll { $0 == peer }
                continue
            }
            effects.append(.send(peer, bytes))
            ask(peer, for: run, now: now)
            index += run.count
            open = narrowed(open, now: now)
        }
    }

    private mutating func ask(_ peer: PeerID, for run: [Header], now: Instant) {
        let bytes = run.reduce(0) { $0 + $1.weight }
        _ = suppliers.update(peer) { supplier in
            if supplier.requests.isEmpty { (supplier.silentSince, supplier.busySince) = (now, now) }
            supplier.requests.append(Request(headers: run))
            supplier.byteCount += bytes
        }
        byteCount += bytes
        for header in run { holders[header.id, default: []].append(peer) }
        touch(peer, now: now)
    }

    // MARK: - Room

    private func stuckByteCount(now: Instant) -> Int {
        suppliers.rows.reduce(0) { $0 + ($1.isSlow(now: now) ? $1.byteCount : 0) }
    }

    /// Whether a peer may be asked for anything; during sync only once there is room for some
    /// requests, so that not all that is wanted is looked through for each body that comes.
    private func hasRoom(_ peer: PeerID, now: Instant) -> Bool {
        guard let supplier = suppliers[peer] else { return false }
        switch mode {
        case .deadline: return supplier.hasRoom(now: now)
        case .bulkSync:
            return supplier.hasRoom(now: now) && isAmongBulk(supplier)
                && supplier.requests.count <= (supplier.isLaggard ? 0 : Self.requestLow)
        }
    }

    private func isAmongBulk(_ supplier: Supplier) -> Bool {
        if !supplier.requests.isEmpty { return true }
        return suppliers.rows.count { !$0.requests.isEmpty } < settings.bulkConcurrency
    }

    /// Those of `open` that still have room.
    private func narrowed(_ open: [PeerID], now: Instant) -> [PeerID] {
        open.filter { peer in
            guard let supplier = suppliers[peer], supplier.hasRoom(now: now) else { return false }
            return mode == .deadline
                || isAmongBulk(supplier) && (supplier.requests.isEmpty || !supplier.isLaggard)
        }
    }

    // MARK: - Choice

    /// The best of `open` for the header at `index`; nil when it is on its way, or nobody else has
    /// it.
    private func choose(
        for index: Int,
        among open: [PeerID],
        _ candidates: Roster<PeerID, Candidate>,
        now: Instant
    ) -> PeerID? {
        let header = wanted[index]
        guard mayAsk(for: header, isFront: isFront(index), now: now) else { return nil }
        var best: (rank: Rank, peer: PeerID)?
        for peer in open {
            guard let supplier = suppliers[peer], has(peer, header, candidates) else { continue }
            let rank = Rank(supplier, peer, mode)
            if best.map({ rank < $0.rank }) ?? true { best = (rank, peer) }
        }
        return best?.peer
    }

    /// Whether some more peer may be asked for it.
    ///
    /// For what holds up all the rest, those who were late do not count: two who drip, or are silent,
    /// would keep it from everybody else's hands.
    private func mayAsk(for header: Header, isFront: Bool, now: Instant) -> Bool {
        guard !arrived.contains(header.id) else { return false }
        guard let peers = holders[header.id] else { return true }
        guard peers.allSatisfy({ suppliers[$0]?.isSlow(now: now) ?? true }) else { return false }
        let limit = settings.deadlineConcurrency
        return peers.count < limit
            || isFront && peers.count { suppliers[$0]?.isLate(now: now) == false } < limit
    }

    /// Whether it is the lowest of its chain that is not here yet.
    private func isFront(_ index: Int) -> Bool {
        guard index > wanted.startIndex else { return true }
        let previous = wanted[index - 1].id
        return wanted[index].previous != previous || arrived.contains(previous)
    }

    /// Whether the peer shows the header, and neither owes nor refused its body.
    private func has(
        _ peer: PeerID,
        _ header: Header,
        _ candidates: Roster<PeerID, Candidate>
    ) -> Bool {
        guard candidates[peer]?.contains(header) == true, let supplier = suppliers[peer] else {
            return false
        }
        if holders[header.id]?.contains(peer) == true { return false }
        return supplier.refusals.isEmpty
            || !supplier.refusals.contains { $0.headers.contains(header) }
    }

    /// What one request asks of `peer`: the header at `index` and its successors, while they are
    /// wanted next, and limits allow; `room` is how many bytes may be owed beyond the limit.
    private func run(
        from index: Int,
        of peer: PeerID,
        room: Int,
        _ candidates: Roster<PeerID, Candidate>,
        now: Instant
    ) -> [Header] {
        var run = [wanted[index]]
        var bytes = run[0].weight
        let owed = suppliers[peer]?.byteCount ?? 0
        for header in wanted[(index + 1)...].prefix(BlockMessage.rangeLimit - 1) {
            bytes += header.weight
            guard header.previous == run[run.count - 1].id, bytes <= Self.requestByteLimit,
                owed + bytes <= Self.peerByteLimit, byteCount + bytes <= Self.byteLimit + room,
                mayAsk(for: header, isFront: false, now: now), has(peer, header, candidates)
            else { break }
            run.append(header)
        }
        return run
    }

    /// Who is asked first: the lesser.
    private struct Rank: Comparable {
        var load: Int
        var roundTrip: Duration
        var peer: PeerID

        init(_ supplier: Supplier, _ peer: PeerID, _ mode: FetchMode) {
            switch mode {
            case .bulkSync: load = supplier.byteCount
            // Requests are answered in their order, and one may be waiting for its body to arrive.
            case .deadline: load = supplier.requests.isEmpty ? 0 : 1
            }
            // One that was not measured yet comes last.
            roundTrip = supplier.roundTrip ?? .seconds(3600)
            self.peer = peer
        }

        static func < (lhs: Self, rhs: Self) -> Bool {
            (lhs.load, lhs.roundTrip, lhs.peer) < (rhs.load, rhs.roundTrip, rhs.peer)
        }
    }
}

extension BlockFetcher.Supplier {
    /// Whether it may be asked for one more range at all.
    func hasRoom(now: Instant) -> Bool {
        isReady && !isOver && requests.count < BlockFetcher.requestLimit && !isSlow(now: now)
            && (requests.isEmpty || byteCount < BlockFetcher.peerByteLimit)
    }
}

extension Header {
    /// Bytes of its body, for the sum of what is in flight: no more than a body may have, whatever
    /// the header says.
    var weight: Int { min(bodySize, Body.byteLimit) }
}
