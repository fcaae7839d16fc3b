import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// The first rule that does not hold, in words; nil while all is well.
    ///
    /// The rules are I1-I13 of O§2.2, as far as a row's shape does not already see to them (it
    /// does to I2, I4, I6, I8 and I9), that counts and timers follow the rows, and the sensitive
    /// state of O§3.11.
    package func invariantViolation() -> String? {
        targetViolation() ?? localRootViolation() ?? rowViolation() ?? sharingViolation()
            ?? countViolation() ?? timerViolation() ?? trustViolation() ?? wantViolation()
    }

    /// I7.
    private func targetViolation() -> String? {
        targets.complaint.map { "I7: \($0)" }
    }

    /// I1, I3, I5 and I12.
    private func localRootViolation() -> String? {
        let members = localRootGroups.flatMap(\.members)
        if Set(members).count != members.count { return "I12: local root groups overlap" }
        if members.count > targets.known {
            return "I5: \(members.count) local roots, but only \(targets.known) may be known"
        }
        for (index, group) in localRootGroups.enumerated() {
            let valencies = (group.hotValency, group.warmValency)
            let size = group.members.count
            let isSound =
                size == 0
                ? valencies == (0, 0)
                : 0 < valencies.0 && valencies.0 <= valencies.1 && valencies.1 <= size
            guard isSound else {
                return "I12: group \(index) of \(size) wants \(valencies)"
            }
            for peer in group.members where known[peer]?.standing != .local(group: index) {
                return "I1: \(peer) of group \(index) stands as \(String(describing: known[peer]))"
            }
        }
        if census.local.known != members.count {
            return "I3: \(census.local.known) peers stand as \(members.count) local roots"
        }
        return nil
    }

    /// I11, and that failures are counted and forgiven only where there are some.
    private func rowViolation() -> String? {
        for (place, row) in known.rows.enumerated() {
            let peer = known.ids[place]
            if row.asking != .never, row.temperature == .cold || row.sharing != .enabled {
                return "I11: \(peer) is \(row.temperature), sharing \(row.sharing), to be asked"
            }
            if row.failCount < 0 { return "\(peer) has failed \(row.failCount) times" }
            if row.forgivenAt != nil, row.failCount == 0 {
                return "\(peer) is to be forgiven nothing"
            }
        }
        return nil
    }

    /// I10, and the limit above it.
    private func sharingViolation() -> String? {
        for batch in shareBatches {
            if batch.unanswered.count > batch.askedCount {
                return "I10: \(batch.askedCount) asked, \(batch.unanswered) did not answer"
            }
        }
        guard (0...Policy.shareLimit).contains(shareRequestCount) else {
            return "I10: \(shareRequestCount) share requests under way"
        }
        return nil
    }

    private func countViolation() -> String? {
        var recount = Census()
        recount.groups = Array(repeating: Tally(), count: localRootGroups.count)
        for row in known.rows { recount.count(row, times: 1) }
        return recount == census ? nil : "counted \(census), there are \(recount)"
    }

    /// Every row that waits has an alarm, and none rings too late.
    private func timerViolation() -> String? {
        var soonestAt: Instant?
        var pendingCount = 0
        for row in known.rows {
            for kind in [Alarm.Kind.attempt, .ask, .forgive] {
                guard let at = row.time(of: kind) else { continue }
                pendingCount += 1
                soonestAt = soonest(soonestAt, at)
            }
        }
        let liveCount = alarms.heap.count { known[$0.peer]?.time(of: $0.kind) == $0.at }
        if liveCount < pendingCount {
            return "I13: \(pendingCount) rows wait for \(liveCount) alarms"
        }
        if let soonestAt, nextDeadline.map({ soonestAt < $0 }) ?? true {
            return "a row waits until \(soonestAt), the governor until \(nextDeadline ?? .epoch)"
        }
        return nil
    }
}
