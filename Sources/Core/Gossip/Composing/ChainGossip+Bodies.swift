import WarrenChain
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

// MARK: - Which bodies are wanted, and what becomes of them

extension ChainGossip {
    /// Tells the fetcher what is missing on the way to every better chain: those of the best first.
    ///
    /// Chains that part from ours in different places share the window, so that a fork whose bodies
    /// nobody gives, however long, leaves room for the others.
    mutating func renewWanted(_ turn: inout Turn) {
        arrivedCount = 0
        var heads: [(header: Header, peer: PeerID)] = []
        for peer in peers.ids {
            guard let id = peers.read(peer, { $0.isHot ? $0.head : nil }) ?? nil,
                !heads.contains(where: { $0.header.id == id }), chain.isPreferable(id),
                let head = chain.header(id)
            else { continue }
            heads.append((head, peer))
        }
        heads.sort { ($1.header.height, $0.header.id) < ($0.header.height, $1.header.id) }
        let found = missing(toward: heads)
        guard found != wanted else { return }
        wanted = found
        tell(BlockFetcher.Input.wanted(found), &turn)
    }

    private func missing(toward heads: [(header: Header, peer: PeerID)]) -> [Header] {
        let limit = BlockFetcher.windowLimit
        var branches: [(first: Hash, headers: [Header])] = []
        var seen: Set<Hash> = []
        var listed: [PeerID] = []
        for (head, peer) in heads {
            // It is on the way to one before.
            let isCovered = listed.contains { chainClient.candidates[$0]?.contains(head) == true }
            if isCovered { continue }
            listed.append(peer)
            let headers = chain.missing(toward: head.id, limit: limit)
            guard let first = headers.first?.id else { continue }
            let fresh = headers.filter { seen.insert($0.id).inserted }
            if let place = branches.firstIndex(where: { $0.first == first }) {
                branches[place].headers += fresh
            } else {
                branches.append((first, fresh))
            }
        }
        let share = limit / max(branches.count, 1)
        return branches.flatMap { $0.headers.prefix(max(share, 1)) }
    }

    /// Takes a body that is the one its header names, if it obeys the rules, too.
    mutating func take(
        _ body: BodyMessage,
        of header: Header,
        from peer: PeerID,
        _ turn: inout Turn
    ) {
        var update = ChainUpdate()
        let block: Block
        do throws(BodyFlaw) {
            // The fetcher gives nothing else than what has the header's digest.
            block = try settings.rules.check(
                body.bytes,
                body: body.range,
                digest: header.body,
                of: header
            )
        } catch {
            turn.outbox.stop(peer, error.reason)
            guard error.condemnsBlock else { return }
            chain.refuse(header.id, into: &update)
            absorb(update, &turn)
            return renewWanted(&turn)
        }
        guard chain.take(block, into: &update) == .taken else { return }
        turn.note(
            .fetched(header.mark, from: PeerReference(peer: peer), bytes: body.range.count)
        )
        if let id = peers.read(peer, { $0.id }) {
            turn.fact(.bodySeen(by: id, slot: header.slot, bytes: body.range.count))
        }
        absorb(update, &turn)
        arrivedCount += 1
        // The list stays good for what has come: to look through the tree for each body is dear.
        if 2 * arrivedCount >= wanted.count { renewWanted(&turn) }
    }

    /// Takes back a header that was shown too long without its body.
    mutating func takeBackOverdue(_ turn: inout Turn) {
        guard let id = early.overdue(now: turn.now)?.id else { return }
        var update = ChainUpdate()
        chain.withdraw(id, into: &update)
        absorb(update, &turn)
    }
}
