import WarrenChain
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

// MARK: - What hot peers show

extension ChainGossip {
    /// The peer's chain and ours have this block in common.
    mutating func begin(_ peer: PeerID, at point: Point, _ turn: inout Turn) {
        _ = peers.update(peer) { row in
            row.ahead = []
            row.head = point.id
        }
        tell(BlockFetcher.Input.candidatesChanged, &turn)
    }

    /// The peer shows these on top of the ones before.
    mutating func take(_ headers: [Header], of peer: PeerID, _ turn: inout Turn) {
        _ = peers.update(peer) { $0.ahead += headers }
        judgeHeaders(of: peer, &turn)
        tell(BlockFetcher.Input.candidatesChanged, &turn)
        renewWanted(&turn)
    }

    mutating func rollBack(_ peer: PeerID, to point: Point, _ turn: inout Turn) {
        let isBelowHead =
            peers[peer]?.head.flatMap { chain.header($0)?.height }.map { point.height < $0 } ?? true
        _ = peers.update(peer) { row in
            while let last = row.ahead.last, last.height > point.height { row.ahead.removeLast() }
            if isBelowHead { row.head = point.id }
        }
        tell(BlockFetcher.Input.candidatesChanged, &turn)
        renewWanted(&turn)
    }

    /// The peer's chain is of no use to us.
    mutating func end(_ peer: PeerID, _ reason: CloseReason, _ turn: inout Turn) {
        forget(peer)
        renewWanted(&turn)
        turn.outbox.report(.demote(peer, reason, delay: Self.forkTooDeepDelay))
    }

    /// Nothing that the peer showed counts any more.
    mutating func forget(_ peer: PeerID) {
        _ = peers.update(peer) { row in
            row.ahead = []
            row.head = nil
        }
    }

    /// How high the longest chain reaches that hot peers show; nil unless that is higher than ours.
    ///
    /// Its headers are linked, but judged only as far as there is room for them.
    package var bestHeight: UInt64? {
        let best = chainClient.candidates.rows.lazy.map(\.tip.height).max() ?? 0
        return best > chain.tip.height ? best : nil
    }

    // MARK: Judging

    private enum Halt {
        case flaw(HeaderFlaw)
        /// The block before it is not here, or not any more.
        case lost
        /// The peer shows too many of one producer's headers for one slot.
        case flood
    }

    /// Puts a peer's headers to the chain, as far as there is room for them.
    private mutating func judgeHeaders(of peer: PeerID, _ turn: inout Turn) {
        guard let id = peers[peer]?.id, var ahead = peers[peer]?.ahead, !ahead.isEmpty else {
            return
        }
        var head = peers[peer]?.head
        var notedHeight = peers[peer]?.notedHeight ?? 0
        var update = ChainUpdate()
        var halt: Halt?
        judging: while let header = ahead.first {
            let isBuiltOn = ahead.count > 1
            if !isBuiltOn, !isBearable(header, of: peer) {
                halt = .flood
                break judging
            }
            do throws(HeaderFlaw) {
                let outcome = try chain.take(
                    header,
                    isBuiltOn: isBuiltOn,
                    now: turn.now,
                    into: &update
                )
                switch outcome {
                case .taken:
                    head = header.id
                    notedHeight = max(notedHeight, header.height)
                    turn.note(.announced(header.mark, by: PeerReference(peer: peer)))
                    turn.fact(.headerSeen(by: id, slot: header.slot))
                case .known:
                    head = header.id
                    if header.height > notedHeight, isRecent(header, now: turn.now) {
                        notedHeight = header.height
                        turn.note(.announced(header.mark, by: PeerReference(peer: peer)))
                    }
                    turn.fact(.headerSeen(by: id, slot: header.slot))
                // What stands on it is a flaw.
                case .refused: break
                case .tooFarAhead, .surplus: break judging
                case .unknownParent:
                    halt = .lost
                    break judging
                }
            } catch {
                halt = .flaw(error)
                break judging
            }
            ahead.removeFirst()
        }
        _ = peers.update(peer) { row in
            row.ahead = ahead
            row.head = head
            row.notedHeight = notedHeight
        }
        absorb(update, &turn)
        if let halt { stop(peer, halt, &turn) }
    }

    /// Whether the peer may show this, with nothing on it: one of few by its producer for its slot.
    private mutating func isBearable(_ header: Header, of peer: PeerID) -> Bool {
        guard chain.isEquivocal(header) else { return true }
        return peers.update(peer) { $0.variants.take(header) } ?? true
    }

    /// Whether its block may still be on its way through the network.
    private func isRecent(_ header: Header, now: Instant) -> Bool {
        guard let start = settings.rules.beginning(of: header.slot) else { return false }
        return now <= start.advanced(by: Expectation.Spread.patience)
    }

    private mutating func stop(_ peer: PeerID, _ halt: Halt, _ turn: inout Turn) {
        switch halt {
        case .lost:
            guard let row = peers[peer], row.isHot else { return }
            forget(peer)
            tell(ChainClient.Input.unfollow(peer), &turn)
            tell(ChainClient.Input.follow(peer, isTrustable: row.isTrustable), &turn)
        case .flood:
            forget(peer)
            turn.outbox.stop(peer, .equivocationFlood)
        case .flaw(.forkTooDeep): end(peer, .forkTooDeep, &turn)
        case .flaw(let flaw):
            forget(peer)
            turn.outbox.stop(peer, flaw.reason)
        }
    }

    /// Our tip is higher: there is room for headers that were too far ahead of it.
    mutating func judgeAhead(_ turn: inout Turn) {
        for peer in peers.ids where peers.read(peer, { $0.ahead.isEmpty }) == false {
            judgeHeaders(of: peer, &turn)
        }
    }
}
