/// What the world keeps of a host besides its node.
struct Station {
    enum Power: UInt8 {
        case off
        /// Its sockets do not listen yet, or do not any more.
        case starting
        case on
        case stopping
    }

    var power = Power.off
    /// Counts its lives; what was meant for another one is void.
    var life: UInt32 = 0
    var acceptedCount: UInt64 = 0
    /// How many faults hold it down, and how many hold it still.
    var downCount = 0
    var pauseCount = 0
    /// It is to start again as soon as it has stopped.
    var startsAgain = false
    /// How far its clock is off, in nanoseconds, and the last instant that it showed.
    var offset: Int64
    var shownAt = Int64.min
    /// When the agenda wakes it next; `Int64.max`: never.
    var alarmAt = Int64.max
    /// Accepting slows down: no socket is admitted before then.
    var gateOpensAt: Int64 = 0
    /// What has happened to it while it was held still.
    var inbox: [Happening] = []

    var isUp: Bool { power != .off }
    var listens: Bool { power == .on }

    /// How many happenings wait for a host that is held still; more are lost, as from a full
    /// socket buffer.
    static let inboxLimit = 65_536
}
