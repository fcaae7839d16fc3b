import Glibc
import NIOCore
import WarrenConnection
import WarrenObservation
package import WarrenPrimitives

/// When the filter of a connection's link is to be asked again.
struct LinkTimer {
    var scheduled: Scheduled<Void>?
    var at: Instant?
    /// The filter is being emptied: whoever comes upon it again lets it be.
    var isCarrying = false
    /// How the socket is closed behind the goodbye: our side of it, or whole.
    var partsHalfway = false

    mutating func cancel() {
        scheduled?.cancel()
        scheduled = nil
        at = nil
    }
}

/// A connection whose link is not perfect; none of this is reached where no rule matches.
extension ConnectionHandler {
    /// How long a socket outlives its connection for the sake of what is under way: there and back
    /// over the longest link, with its jitter.
    static let flightLimit = TimeAmount(LinkQuality.delayLimit * 2)

    /// From now on this holds on the link.
    package func follow(_ effect: LinkEffect, random: () -> Random) {
        switch stage {
        case .lingering, .ended: return
        case .waiting, .shaking, .open: break
        }
        if link == nil {
            guard !effect.isNone else { return }
            link = LinkFilter(.none, random: random())
        }
        // A dial under way sees for itself what has become of its link.
        let isDialing = stage == .waiting && id.isOutbound
        let change = link?.change(to: effect)
        if !isDialing, change == .breaks || (isOrphan && !effect.isCut) {
            breakOff()
        } else {
            carry()
        }
    }

    /// Resets the connection: both ends see it so.
    func breakOff() {
        forgetLink()
        if closing == nil { closing = .resetByPeer }
        guard let context else { return end() }
        if let options = context.channel as? any SocketOptionProvider {
            options.setSoLinger(Glibc.linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
        }
        context.close(promise: nil)
    }

    func forgetLink() {
        link = nil
        linkTimer.cancel()
    }

    // MARK: - Saying

    /// Gives what the machine says to the filter; ``carry()`` lets go what is due.
    func say(_ output: [UInt8]) {
        let lost = link?.say(output, now: clock.now) ?? 0
        guard lost > 0 else { return }
        // As if it had left: later, since the machine is in the midst of something.
        loop.assumeIsolated().execute { self.tell(written: lost) }
    }

    /// Lets go what is due, and tells the machine what has left.
    func carry() {
        guard link != nil, !linkTimer.isCarrying else { return }
        linkTimer.isCarrying = true
        var credit = 0
        repeat {
            var output: [UInt8] = []
            credit = link?.advance(now: clock.now, into: &output) ?? 0
            if !output.isEmpty { put(output) }
            if credit > 0 { tell(written: credit) }
        } while credit > 0
        linkTimer.isCarrying = false
        settle()
    }

    private func tell(written count: Int) {
        drive { connection, now, more, effects throws(Connection.Violation) in
            try connection.written(count, now: now, output: &more, into: &effects)
        }
    }

    private func put(_ output: [UInt8]) {
        let count = output.count
        guard let context else {
            link?.taken(count)
            return
        }
        let taken = loop.makePromise(of: Void.self)
        taken.futureResult.assumeIsolated().whenComplete { _ in
            self.link?.taken(count)
            self.carry()
        }
        let buffer = context.channel.allocator.buffer(bytes: output)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: taken)
    }

    /// Waits for what is due next, and does without the filter once there is nothing left of it.
    private func settle() {
        guard let filter = link else { return }
        if filter.isOver {
            forgetLink()
            if linkTimer.partsHalfway { hangUpOnOurSide() } else { hangUp() }
        } else if filter.isClear {
            forgetLink()
        } else if let next = filter.nextDeadline, linkTimer.at.map({ next < $0 }) ?? true {
            linkTimer.cancel()
            linkTimer.at = next
            linkTimer.scheduled = loop.assumeIsolated().scheduleTask(deadline: clock.deadline(next))
            {
                self.linkTimer.cancel()
                self.carry()
            }
        }
    }

    // MARK: - The end

    /// Ends for the node; what was said still arrives, and our goodbye behind it.
    ///
    /// Answers false, with nothing done, where nobody would hear it.
    func part(halfway: Bool) -> Bool {
        guard link?.sayGoodbye(now: clock.now) == true else { return false }
        linkTimer.partsHalfway = halfway
        conclude(as: .lingering)
        hangUp(in: Self.flightLimit)
        readMore()
        carry()
        return true
    }
}
