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
        guard newCount > 0 else { return seedRequest.gaveNothing(now: now, floor: Policy.askFloor) }
        seedRequest.succeeded(now: now, retryAfter: Policy.askFloor)
        if case .resting = bookDraw { bookDraw = .ready }
    }
}
