import WarrenChain
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

// MARK: - Whom to ask for what

extension TransactionPull {
    /// Asks a peer for what it offers, acknowledges what that settles, and asks for more ids: as far
    /// as limits, credit and the pool go.
    mutating func settle(
        _ peer: PeerID,
        _ mempool: Mempool,
        now: Instant,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        guard var provider = providers[peer], provider.mayBeAsked else { return }
        // So that the arrays in it are changed where they are.
        providers[peer] = Provider()
        provider.wakeAt = nil
        if let until = restUntil(provider, mempool), now < until {
            provider.wakeAt = until
        } else if ask(&provider, peer, mempool, now: now, credit: &credit, into: &effects) {
            askForIDs(&provider, peer, now: now, credit: &credit, into: &effects)
        }
        providers[peer] = provider
        touch(peer)
    }

    /// Until when a peer is left alone because there is no room for what it has; nil if there is.
    private func restUntil(_ provider: Provider, _ mempool: Mempool) -> Instant? {
        let bytesAhead = mempool.byteCount + byteCount + Transaction.byteLimit
        guard mempool.count >= mempool.limits.transactions || bytesAhead > mempool.limits.bytes
        else { return nil }
        return provider.repliedAt?.advanced(by: Self.fullDelay)
    }

    private mutating func ask(
        _ provider: inout Provider,
        _ peer: PeerID,
        _ mempool: Mempool,
        now: Instant,
        credit: inout Credit,
        into effects: inout [Effect]
    ) -> Bool {
        let places = choose(&provider, peer, mempool, now: now)
        guard !places.isEmpty else { return true }
        let listings = places.map { provider.window[$0].listing }
        let bytes = TransactionMessage.requestTransactions(listings.map(\.id)).bytes
        guard credit.spend(peer, GossipChannel.transactions, bytes: bytes.count) else {
            return false
        }
        effects.append(.send(peer, bytes))
        for place in places { provider.window[place].isSettled = true }
        for listing in listings {
            wanted[listing.id, default: Wanted()].others.removeAll { $0 == peer }
            wanted[listing.id, default: Wanted()].asked.append(Asked(peer: peer, at: now))
        }
        let size = listings.reduce(0) { $0 + $1.size }
        provider.byteCount += size
        byteCount += size
        provider.expect(.transactions(listings), now: now)
        return true
    }

    /// The places in the window of what the peer is to be asked for; settles what need not be, and
    /// sets when to look again.
    private mutating func choose(
        _ provider: inout Provider,
        _ peer: PeerID,
        _ mempool: Mempool,
        now: Instant
    ) -> [Int] {
        var places: [Int] = []
        var size = 0
        for place in provider.window.indices where !provider.window[place].isSettled {
            let listing = provider.window[place].listing
            if isHere(listing.id, mempool) {
                provider.window[place].isSettled = true
                withdraw(listing.id, of: peer)
                continue
            }
            switch turn(listing.id, now: now) {
            case .now: break
            case .later(let until):
                provider.wakeAt = soonest(provider.wakeAt, until)
                continue
            case .never: continue
            }
            guard provider.byteCount + size + listing.size <= Self.peerByteLimit else { break }
            guard byteCount + size + listing.size <= Self.byteLimit else {
                if !starved.contains(peer) { starved.append(peer) }
                break
            }
            size += listing.size
            places.append(place)
        }
        return places
    }

    private enum Turn {
        case now
        /// Another peer is asked, and has until then.
        case later(Instant)
        /// As many as may be are asked.
        case never
    }

    private func turn(_ id: Hash, now: Instant) -> Turn {
        guard let asked = wanted[id]?.asked, let last = asked.last else { return .now }
        guard asked.count < Self.askedLimit else { return .never }
        let until = last.at.advanced(by: Self.slowLimit)
        return until <= now ? .now : .later(until)
    }

    /// Acknowledges the settled front of the window, and asks for as many ids as go behind it.
    private func askForIDs(
        _ provider: inout Provider,
        _ peer: PeerID,
        now: Instant,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        guard !provider.requests.contains(where: \.isForIDs) else { return }
        let settledCount = provider.window.prefix { $0.isSettled }.count
        let left = provider.window.count - settledCount
        let limit = Self.idLimit - left
        if left > 0, settledCount == 0 {
            guard limit > 0 else { return }
            // There is no news of those that are left, and perhaps none of others.
            let until = (provider.repliedAt ?? now).advanced(by: Self.pollDelay)
            guard until <= now else {
                return provider.wakeAt = soonest(provider.wakeAt, until)
            }
        }
        let message = TransactionMessage.requestIDs(
            blocking: left == 0,
            acknowledged: settledCount,
            wanted: limit
        )
        let bytes = message.bytes
        guard credit.spend(peer, GossipChannel.transactions, bytes: bytes.count) else { return }
        effects.append(.send(peer, bytes))
        provider.window.removeFirst(settledCount)
        provider.expect(.ids(isBlocking: left == 0, limit: limit), now: now)
    }
}

extension TransactionPull.Provider {
    fileprivate var mayBeAsked: Bool { isRaised && isOpen && !isOver }

    /// Notes that a request went out.
    fileprivate mutating func expect(_ request: TransactionPull.Request, now: Instant) {
        if requests.isEmpty { silentSince = now }
        requests.append(request)
    }
}
