import WarrenChain
import WarrenObservation
import WarrenPrimitives

// MARK: - What owners say

extension TransactionPull {
    mutating func receive(
        _ message: TransactionMessage,
        _ peer: PeerID,
        _ mempool: Mempool,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard let provider = providers[peer] else {
            return effects.append(.stop(peer, .unsolicitedMessage))
        }
        guard !provider.isOver else { return }
        let flaw: CloseReason?
        switch (message, provider.requests.first) {
        case (.initiate, _):
            flaw = provider.isOpen ? .unsolicitedMessage : nil
            _ = providers.update(peer) { $0.isOpen = true }
        case (.ids(let listings), .some(.ids(let isBlocking, let limit))):
            flaw = take(listings, limit, isBlocking: isBlocking, peer)
        case (.done, .some(.ids(true, _))):
            flaw = nil
            _ = providers.update(peer) { $0.isOpen = false }
        case (.transactions(let encodings), .some(.transactions(let listings))):
            flaw = take(encodings, listings, peer, mempool, into: &effects)
        case (.ids, _), (.done, _), (.transactions, _), (.requestIDs, _),
            (.requestTransactions, _):
            flaw = .unsolicitedMessage
        }
        if let flaw { return fail(peer, flaw, into: &effects) }
        guard message != .initiate else { return }
        _ = providers.update(peer) { provider in
            provider.requests.removeFirst()
            provider.silentSince = now
            provider.repliedAt = now
        }
    }

    /// Takes ids into the window of `peer`, or says what is wrong with them.
    private mutating func take(
        _ listings: [TransactionMessage.Listing],
        _ limit: Int,
        isBlocking: Bool,
        _ peer: PeerID
    ) -> CloseReason? {
        guard listings.count <= limit else { return .transactionFlood }
        guard !isBlocking || !listings.isEmpty else { return .badMessage }
        guard listings.allSatisfy({ (1...Transaction.byteLimit).contains($0.size) }) else {
            return .badTransaction
        }
        for listing in listings {
            // Offered twice, it need be asked for once.
            let isKnown = wanted[listing.id].map { $0.isKnown(of: peer) } ?? false
            _ = providers.update(peer) { provider in
                provider.window.append(Offered(listing: listing, isSettled: isKnown))
            }
            if !isKnown { wanted[listing.id, default: Wanted()].others.append(peer) }
        }
        return nil
    }

    /// Hands over what `peer` was asked for, up to the first that is not in order.
    private mutating func take(
        _ encodings: [[UInt8]],
        _ listings: [TransactionMessage.Listing],
        _ peer: PeerID,
        _ mempool: Mempool,
        into effects: inout [Effect]
    ) -> CloseReason? {
        guard encodings.count <= listings.count else { return .transactionFlood }
        var missing = listings
        for encoding in encodings {
            guard let transaction = try? Transaction(encoding),
                let place = missing.firstIndex(where: { $0.id == transaction.id }),
                missing[place].size == encoding.count
            else { return .badTransaction }
            missing.remove(at: place)
            accept(transaction, peer, mempool, into: &effects)
        }
        for listing in missing { drop(listing.id, of: peer) }
        let bytes = listings.reduce(0) { $0 + $1.size }
        _ = providers.update(peer) { $0.byteCount -= bytes }
        free(bytes)
        return nil
    }

    private mutating func accept(
        _ transaction: Transaction,
        _ peer: PeerID,
        _ mempool: Mempool,
        into effects: inout [Effect]
    ) {
        let row = wanted.removeValue(forKey: transaction.id)
        // They can acknowledge it now.
        for other in row?.others ?? [] { look(at: other) }
        if row == nil || isHere(transaction.id, mempool) {
            let bytes = transaction.encoding.count
            effects.append(.duplicate(peer, transaction.id, bytes: bytes))
        } else {
            handed.insert(transaction.id)
            effects.append(.transaction(peer, transaction))
        }
    }

    /// Whether it need not be fetched.
    func isHere(_ id: Hash, _ mempool: Mempool) -> Bool {
        handed.contains(id) || mempool.hasSeen(id)
    }
}

extension TransactionPull.Wanted {
    fileprivate func isKnown(of peer: PeerID) -> Bool {
        others.contains(peer) || asked.contains { $0.peer == peer }
    }
}
