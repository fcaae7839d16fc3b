import WarrenChain
import WarrenObservation
import WarrenPrimitives

// MARK: - What servers say

extension BlockFetcher {
    mutating func receive(
        _ message: BlockMessage,
        _ peer: PeerID,
        _ candidates: Roster<PeerID, Candidate>,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard let supplier = suppliers[peer] else {
            return effects.append(.stop(peer, .unsolicitedMessage))
        }
        guard !supplier.isOver else { return }
        guard let request = supplier.requests.first else {
            return fail(peer, .unsolicitedMessage, into: &effects)
        }
        switch (message, request.isStarted) {
        case (.startBatch, false):
            _ = suppliers.update(peer) { $0.requests[0].isStarted = true }
        case (.noBlocks, false), (.batchDone, true):
            finish(request, peer, candidates, now: now)
        case (.block(let body), true) where request.arrivedCount < request.headers.count:
            let header = request.headers[request.arrivedCount]
            guard accept(body, for: header, peer, into: &effects) else { return }
        case (.startBatch, true), (.noBlocks, true), (.batchDone, false), (.block, _),
            (.requestRange, _):
            return fail(peer, .unsolicitedMessage, into: &effects)
        }
        _ = suppliers.update(peer) { $0.silentSince = now }
        touch(peer, now: now)
    }

    /// Checks a body against the header it came for; only then does anything else see it.
    private mutating func accept(
        _ body: BodyMessage,
        for header: Header,
        _ peer: PeerID,
        into effects: inout [Effect]
    ) -> Bool {
        guard body.range.count <= header.bodySize else {
            fail(peer, .bodyTooLarge, into: &effects)
            return false
        }
        guard body.range.count == header.bodySize, Hash(of: body.body) == header.body else {
            fail(peer, .bodyMismatch, into: &effects)
            return false
        }
        _ = suppliers.update(peer) { supplier in
            supplier.requests[0].arrivedCount += 1
            supplier.byteCount -= header.weight
        }
        byteCount -= header.weight
        if holders.removeValue(forKey: header.id) != nil {
            arrived.insert(header.id)
            effects.append(.body(peer, header, body))
        } else {
            effects.append(.duplicate(peer, header, bytes: body.range.count))
        }
        return true
    }

    /// The first request is answered; what did not come of it is not there.
    private mutating func finish(
        _ request: Request,
        _ peer: PeerID,
        _ candidates: Roster<PeerID, Candidate>,
        now: Instant
    ) {
        let missing = request.headers[request.arrivedCount...]
        let until = now.advanced(by: EarlyAnnouncement.withdrawalLimit)
        var bytes = 0
        for header in missing {
            drop(header, of: peer)
            bytes += header.weight
        }
        let refusal = request.headers.last.flatMap { last -> Refusal? in
            guard !missing.isEmpty, candidates[peer]?.contains(last) == true else { return nil }
            return Refusal(headers: missing, last: last, until: until)
        }
        byteCount -= bytes
        _ = suppliers.update(peer) { supplier in
            supplier.isLaggard = supplier.isLate(now: now)
            supplier.busySince = now
            supplier.requests.removeFirst()
            supplier.byteCount -= bytes
            if let refusal { supplier.refusals.append(refusal) }
        }
    }
}
