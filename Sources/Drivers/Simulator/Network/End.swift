import WarrenPrimitives

/// One end of one connection; the other end stands beside it, at the place with the last bit
/// flipped.
///
/// ```
///   dialer:   calling ──answer──▶ shaking ──reply──▶ open ──▶ gone
///   dialed:   absent ──admission──▶ waiting ──handshake──▶ shaking ──introduction──▶ open ──▶ gone
/// ```
struct End {
    enum Stage: UInt8 {
        /// Who is dialed has not heard of it.
        case absent
        case calling
        case waiting
        case shaking
        case open
        case gone
    }

    var host: Int
    var connection = ConnectionID.dialed(0)
    var generation: UInt32 = 0
    var stage = Stage.absent
    /// Something said from here was lost: when the link heals, the connection breaks.
    var hasLost = false
    /// Between here and there nothing may be heard until this end hangs up.
    var isMute = false
    /// What was handed over before has left then.
    var lineFreeAt: Int64 = 0
    /// What was said from here last arrives then.
    var arrivesAt: Int64 = 0
    /// When this end loses its patience; `Int64.max`: never.
    var limitAt = Int64.max
    var openedAt: Int64 = 0
    var random: Random
    var expecting: NodeID?
    /// The other end's socket.
    var remote: SocketAddress
}

/// A host's connections by their numbers: dialed ones and accepted ones, each in rising order.
struct Lines {
    private struct Line {
        var connection: UInt64
        var end: Int32
    }

    private var dialed: [Line] = []
    private var accepted: [Line] = []

    var acceptedCount: Int { accepted.count }

    /// See ``Simulation/lookAhead()``.
    mutating func glance() -> Int { dialed.count &+ accepted.count }

    /// Every end, dialed ones first, in the order of their numbers.
    var ends: [Int] { dialed.map { Int($0.end) } + accepted.map { Int($0.end) } }

    func find(_ connection: ConnectionID) -> Int? {
        let list = connection.isOutbound ? dialed : accepted
        let place = Self.place(of: connection.rawValue, in: list)
        guard place < list.count, list[place].connection == connection.rawValue else { return nil }
        return Int(list[place].end)
    }

    mutating func add(_ connection: ConnectionID, end: Int) {
        let line = Line(connection: connection.rawValue, end: Int32(end))
        if connection.isOutbound {
            dialed.insert(line, at: Self.place(of: connection.rawValue, in: dialed))
        } else {
            accepted.insert(line, at: Self.place(of: connection.rawValue, in: accepted))
        }
    }

    mutating func remove(_ connection: ConnectionID) {
        if connection.isOutbound {
            Self.remove(connection.rawValue, from: &dialed)
        } else {
            Self.remove(connection.rawValue, from: &accepted)
        }
    }

    private static func remove(_ number: UInt64, from list: inout [Line]) {
        let place = place(of: number, in: list)
        guard place < list.count, list[place].connection == number else { return }
        list.remove(at: place)
    }

    /// Where `number` stands, or would stand.
    private static func place(of number: UInt64, in list: [Line]) -> Int {
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if list[middle].connection < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
