import WarrenNode
package import WarrenPrimitives
package import WarrenSwitch

// MARK: - Guests: reactors beside Warren's own

extension Simulation {
    /// What a guest told whoever runs its node.
    package struct GuestReport: Sendable {
        /// The world's time.
        package var at: Instant
        package var host: Int
        /// Its place among the guests of the host.
        package var guest: Int
        package var report: any Sendable
    }

    /// The first guest of this type on a host, as it is now; nil while the host does not run.
    package func guest<Guest: Reactor>(_ type: Guest.Type, of host: Int) -> Guest? {
        stations[host].isUp ? nodes[host].guest(type) : nil
    }

    /// Gives the first guest of this type a command, with the time that its host's clock shows.
    ///
    /// Nil if there is no such guest, or while the host does not run or is held still.
    package mutating func command<Guest: Reactor, Answer>(
        _ type: Guest.Type,
        of host: Int,
        _ body: (inout Guest, inout Outbox<Guest.Report>, Instant) -> Answer
    ) -> Answer? {
        guard stations[host].isUp, stations[host].pauseCount == 0 else { return nil }
        let time = localTime(host)
        let answer = nodes[host].command(type) { body(&$0, &$1, time) }
        if answer != nil { step(host, .deadline) }
        return answer
    }
}
