package import WarrenPrimitives

/// One connection's end of a link that is not perfect, between its machine and its socket.
///
/// What is said goes through an ``EgressLine``; over a cut it vanishes, and so does what is heard. A
/// stream that lacks bytes is of no more use: nothing passes it again, and once the link has healed
/// the connection is reset, as in the simulator. Source: design §17.12.
package struct LinkFilter: Sendable {
    package private(set) var effect: LinkEffect
    private var path: LinkPath
    private var line = EgressLine()
    private var random: Random
    /// Bytes that were said, or heard, are missing.
    private var hasLostOut = false
    private var hasLostIn = false

    package init(_ effect: LinkEffect, random: Random) {
        self.effect = effect
        self.random = random
        path = LinkPath(effect.quality)
    }

    /// Nothing is held back and nothing missing: the connection can do without a filter.
    package var isClear: Bool { effect.isNone && line.isEmpty && !hasLost }
    package var hasLost: Bool { hasLostOut || hasLostIn }
    /// The goodbye has reached the socket, and so has all that was said before it.
    package var isOver: Bool { line.isOver && line.isEmpty }
    /// What the other end does is not noticed, be it to hang up.
    package var isDeaf: Bool { effect.inCut != nil || hasLostIn }
    private var isDumb: Bool { effect.outCut != nil || hasLostOut }
    package var nextDeadline: Instant? { line.nextDeadline }

    // MARK: - Conversing

    /// Takes what the connection says; answers how many bytes of it are lost, and so written.
    package mutating func say(_ bytes: [UInt8], now: Instant) -> Int {
        guard !isDumb else {
            hasLostOut = hasLostOut || !bytes.isEmpty
            return bytes.count
        }
        line.append(bytes, over: path, now: now, random: &random)
        return 0
    }

    /// Says goodbye behind what was said; answers false if nobody will hear it.
    package mutating func sayGoodbye(now: Instant) -> Bool {
        guard !isDumb else { return false }
        line.end(over: path, now: now, random: &random)
        return true
    }

    /// Whether bytes from the socket may be heard.
    package mutating func hears() -> Bool {
        guard isDeaf else { return true }
        hasLostIn = true
        return false
    }

    /// Appends to `output` what the socket shall send now; answers how many bytes have left.
    package mutating func advance(now: Instant, into output: inout [UInt8]) -> Int {
        let count = output.count
        let credit = line.advance(now: now, into: &output)
        if isDumb, output.count > count {
            // They arrive over a link that is cut.
            line.taken(output.count - count)
            output.removeLast(output.count - count)
            hasLostOut = true
        }
        return credit
    }

    /// The socket took so many bytes.
    package mutating func taken(_ byteCount: Int) { line.taken(byteCount) }

    // MARK: - The rules change

    package enum Change: Hashable, Sendable {
        case goesOn
        /// The connection is reset, now.
        case breaks
    }

    /// From now on this holds; what is under way keeps its time.
    package mutating func change(to next: LinkEffect) -> Change {
        effect = next
        path = LinkPath(next.quality)
        return next.isReset || (!next.isCut && hasLost) ? .breaks : .goesOn
    }

    // MARK: - Before there is a connection

    /// What becomes of a dial over this link, each with the time that it takes.
    package enum Dial: Hashable, Sendable {
        /// The other end hears of it after this time: half of it are packets there, half back.
        case reaches(after: Duration)
        case refused(after: Duration)
        /// Nothing ever comes back.
        case lost
    }

    /// TCP's own packets there and back, each as any other.
    package mutating func dial() -> Dial {
        let trip = flight() + flight()
        if effect.isReset { return .refused(after: .nanoseconds(2 * path.oneWay)) }
        return effect.isCut ? .lost : .reaches(after: .nanoseconds(trip))
    }

    /// How long the last of TCP's three packets is under way to who was dialed.
    package mutating func entry() -> Duration { .nanoseconds(flight()) }

    private mutating func flight() -> Int64 {
        let size = Self.packetSize
        return path.transmission(of: size) + path.flight(of: size, random: &random)
    }

    /// Bytes of a packet that only opens a connection.
    private static let packetSize = 60
}
