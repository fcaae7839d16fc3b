import DequeModule
package import WarrenPrimitives

/// What one end of a connection has said, on its way over a link that takes time.
///
/// ```
///   append ─▶ waiting ──bandwidth, room──▶ flying ──half a round trip, jitter, losses──▶ released
///                         credit │                                            taken by the socket
/// ```
///
/// Bytes go in packets, and each leaves when those before it have left at the bandwidth, as in the
/// simulator. What has left counts as written, as if the kernel had taken it; so that this has an
/// end, no more than ``byteLimit`` may be under way until the socket has taken them. What waits is
/// bounded by who appends: a ``Connection`` stops at its own limit of unwritten bytes.
package struct EgressLine: Sendable {
    /// Bytes under way: what a socket of Linux holds at most by default (`tcp_wmem`).
    package static let byteLimit = 4 << 20
    /// Bytes on the wire of a goodbye that carries nothing.
    package static let goodbyeSize = 40

    private struct Packet {
        var bytes: ArraySlice<UInt8>
        var departsAt: Instant
        var arrivesAt: Instant
        /// Nothing comes behind it.
        var isLast = false
    }

    /// In the order in which they were said; those that fly come first.
    private var packets: Deque<Packet> = []
    private var flyingCount = 0
    /// Bytes that have left and that the socket has not taken.
    package private(set) var heldByteCount = 0
    private var freeAt = Instant(nanoseconds: .min)
    private var lastArrivesAt = Instant(nanoseconds: .min)
    /// The goodbye has arrived: there is nothing more to say.
    package private(set) var isOver = false

    package init() {}

    /// True when all that was said has been taken by the socket.
    package var isEmpty: Bool { packets.isEmpty && heldByteCount == 0 }

    /// Takes what the connection says now, over a link of this quality.
    package mutating func append(
        _ bytes: [UInt8],
        over path: LinkPath,
        now: Instant,
        random: inout Random
    ) {
        var start = 0
        while start < bytes.count {
            let end = min(start + LinkPath.packetSize, bytes.count)
            add(bytes[start..<end], size: end - start, over: path, now: now, random: &random)
            start = end
        }
    }

    /// Says goodbye behind everything else.
    package mutating func end(over path: LinkPath, now: Instant, random: inout Random) {
        add([], size: Self.goodbyeSize, over: path, now: now, random: &random)
        packets[packets.count - 1].isLast = true
    }

    private mutating func add(
        _ bytes: ArraySlice<UInt8>,
        size: Int,
        over path: LinkPath,
        now: Instant,
        random: inout Random
    ) {
        var departsAt = now
        if path.bandwidth > 0 {
            let transmission = path.transmission(of: size)
            departsAt = max(now, freeAt).advanced(by: .nanoseconds(transmission))
            freeAt = departsAt
        }
        let flight = path.flight(of: size, random: &random)
        lastArrivesAt = max(departsAt.advanced(by: .nanoseconds(flight)), lastArrivesAt)
        packets.append(Packet(bytes: bytes, departsAt: departsAt, arrivesAt: lastArrivesAt))
    }

    /// Lets go what is due: appends to `output` what the socket shall send now, and answers how many
    /// bytes have left, which the connection may count as written.
    package mutating func advance(now: Instant, into output: inout [UInt8]) -> Int {
        var credit = 0
        while flyingCount < packets.count {
            let packet = packets[flyingCount]
            guard packet.departsAt <= now, hasRoom(for: packet) else { break }
            credit += packet.bytes.count
            heldByteCount += packet.bytes.count
            flyingCount += 1
        }
        while flyingCount > 0, let packet = packets.first, packet.arrivesAt <= now {
            packets.removeFirst()
            flyingCount -= 1
            output += packet.bytes
            if packet.isLast { isOver = true }
        }
        return credit
    }

    private func hasRoom(for packet: Packet) -> Bool {
        heldByteCount + packet.bytes.count <= Self.byteLimit
    }

    /// The socket took so many of the bytes that ``advance(now:into:)`` gave.
    package mutating func taken(_ byteCount: Int) {
        precondition(
            0 <= byteCount && byteCount <= heldByteCount,
            "\(byteCount) bytes taken of \(heldByteCount) that were under way"
        )
        heldByteCount -= byteCount
    }

    /// When something is due next; nil while that takes a socket that takes, or something said.
    package var nextDeadline: Instant? {
        let arrival = flyingCount > 0 ? packets.first?.arrivesAt : nil
        guard flyingCount < packets.count, hasRoom(for: packets[flyingCount]) else {
            return arrival
        }
        return soonest(arrival, packets[flyingCount].departsAt)
    }
}
