import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// Where the last request to the address book stands.
    enum BookDraw: Hashable, Sendable {
        case ready
        /// This many were asked for.
        case underway(Int)
        /// It had fewer than asked for; a seed may help, and so may time.
        case resting(until: Instant)
    }

    /// Learns whom routing found, as many as are wanted.
    ///
    /// They are in the book by now; but that may rest for a while, and a lookup goes on only with
    /// those of them that become warm. Source: design §5, §17.15.
    mutating func learnRouted(now: Instant, into effects: inout [Effect]) -> Bool {
        let knownCount = known.count
        for peer in routedPeers where census.ordinary.known < targets.known {
            learn(peer, from: .routing, advertise: .advertised, now: now, into: &effects)
        }
        routedPeers = []
        return known.count > knownCount
    }

    /// Draws on the node's memory of addresses.
    ///
    /// Source: design §5.
    mutating func drawFromBook(now: Instant, into effects: inout [Effect]) -> Bool {
        switch bookDraw {
        case .underway: return false
        case .resting(let until) where now < until: return false
        case .ready, .resting: break
        }
        let count = targets.known - census.ordinary.known
        bookDraw = .underway(count)
        effects.append(.drawFromBook(count))
        return true
    }

    mutating func absorbDraw(_ peers: [PeerID], now: Instant, into effects: inout [Effect]) {
        guard case .underway(let count) = bookDraw else { return }
        let knownCount = known.count
        for peer in peers where permitsProgress && census.ordinary.known < targets.known {
            learn(peer, from: .addressBook, advertise: .advertised, now: now, into: &effects)
        }
        let pause = max(paced(Policy.bookRetryDuration), Policy.bookRetryFloor)
        let isShort = peers.count < count || known.count == knownCount
        bookDraw = isShort ? .resting(until: now.advanced(by: pause)) : .ready
    }

    /// Asks a seed while the book has nobody new.
    ///
    /// Source: design §17.6.
    mutating func askSeed(now: Instant, into effects: inout [Effect]) -> Bool {
        guard case .resting = bookDraw, seedRequest.isEnabled(now: now) else { return false }
        seedRequest.start()
        effects.append(.askSeed)
        return true
    }

    /// What a seed told is in the book by now, so that is looked at again at once.
    mutating func absorbSeedAnswer(newCount: Int, now: Instant) {
        seedRequest.heard(newCount: newCount, now: now)
        if newCount > 0, case .resting = bookDraw { bookDraw = .ready }
    }
}
