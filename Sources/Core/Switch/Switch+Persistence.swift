import WarrenObservation
import WarrenPrimitives

// MARK: - Persistent peers

extension Switch {
    mutating func start() {
        for id in reconnects.ids where handles[id] == nil {
            reconnects.update(id) { job in
                if case .idle = job.state { job.state = .unplanned(failureCount: 0) }
            }
        }
    }

    /// Takes note of a failed dial to a node: a persistent one is dialed again, whoever asked.
    mutating func countFailure(of id: NodeID) {
        reconnects.update(id) { job in
            switch job.state {
            case .idle(let count), .dialing(let count):
                job.state = .unplanned(failureCount: count + 1)
            case .unplanned, .waiting: break
            }
        }
    }

    /// Takes note of a lost peer: a persistent one is dialed again, unless it was let go.
    mutating func lose(_ member: Member, _ reason: CloseReason, now: Instant) {
        reconnects.update(member.peer.nodeID) { job in
            if reason.isGraceful {
                job.state = .idle(failureCount: 0)
            } else if member.connectedAt.duration(to: now) < ReconnectSchedule.settledAfter {
                job.state = .unplanned(failureCount: job.failureCount + 1)
            } else {
                job.state = .unplanned(failureCount: 0)
            }
        }
    }

    /// Draws the waits of all jobs that need one, whichever input brought that about.
    ///
    /// Most inputs bring nothing of the kind about, and cost nothing here.
    mutating func plan(now: Instant, random: inout Random) {
        guard isUnplanned else { return }
        if phase == .open { drawWaits(now: now, random: &random) }
        nextDeadline = nil
        for reconnect in reconnects.rows {
            nextDeadline = soonest(nextDeadline, reconnect.nextDeadline)
        }
        for standby in standbys.rows { nextDeadline = soonest(nextDeadline, standby.until) }
        for yield in yields { nextDeadline = soonest(nextDeadline, yield.until) }
        isUnplanned = false
    }

    private mutating func drawWaits(now: Instant, random: inout Random) {
        for id in reconnects.ids {
            guard let job = reconnects[id], case .unplanned(let count) = job.state else { continue }
            let wait = ReconnectSchedule.wait(
                afterFailures: count,
                limit: settings.persistentDialPeriodLimit,
                random: &random
            )
            let until = max(now.advanced(by: wait), bans.end(id, now: now) ?? now)
            reconnects.update(id) { $0.state = .waiting(until: until, failureCount: count) }
        }
    }

    /// Dials the persistent peers that are due, and decides for standbys that stayed silent.
    mutating func wake(now: Instant, into effects: inout [Effect]) {
        for id in standbys.ids {
            guard let standby = standbys[id], standby.until <= now else { continue }
            promote(id, over: .duplicateConnection, now: now, into: &effects)
        }
        for id in reconnects.ids {
            guard let job = reconnects[id], case .waiting(let until, let count) = job.state,
                until <= now
            else { continue }
            let state: Reconnect.State
            if isBusy(job.entry.peer, id) {
                state = .idle(failureCount: count)
            } else if let end = bans.end(id, now: now) {
                state = .waiting(until: end, failureCount: count)
            } else if isTaken(job.address.ip, exceptBy: nil) {
                state = .unplanned(failureCount: count + 1)
            } else {
                state = .dialing(failureCount: count)
                let dial = Dial(
                    peer: job.entry.peer,
                    address: job.address,
                    expecting: id,
                    owesAnswer: false
                )
                open(dial, into: &effects)
            }
            reconnects.update(id) { $0.state = state }
        }
    }
}
