import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

// MARK: - We ask

extension Routing {
    /// We use a peer, or not any more: only who is warm or hot is asked (design §4).
    package mutating func use(
        _ peer: PeerID,
        _ isUsed: Bool,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        guard let line = lines[peer], line.isUsed != isUsed else { return }
        lines.update(peer) { $0.isUsed = isUsed }
        if isUsed, refreshAt == nil {
            refreshAt = now.advanced(by: refreshPeriod)
            pending.append(table.own)
        }
        if isUsed {
            for place in lookups.indices { lookups[place].add(line.id) }
        }
        advance(now: now, into: &outbox)
    }

    /// Looks for the nodes nearest to an id; `.found` follows.
    package mutating func look(
        for target: NodeID,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        queue(RoutingKey(target))
        advance(now: now, into: &outbox)
    }

    /// A dial of this node came to nothing.
    package mutating func markUnreachable(_ id: NodeID) {
        guard handles[id] == nil else { return }
        table.markFailed(id)
    }

    /// The node is banned: it is named to nobody any more.
    package mutating func forget(_ id: NodeID) { table.remove(id) }

    var refreshPeriod: Duration { max(Self.refreshPeriod / settings.pace, Self.refreshFloor) }
    private var patience: Duration { max(Self.patience / settings.pace, Self.patienceFloor) }

    private mutating func queue(_ target: RoutingKey) {
        guard pending.count < Self.pendingLimit, !pending.contains(target) else { return }
        pending.append(target)
    }

    /// Asks whoever can be asked, ends what is over and begins what waits.
    mutating func advance(now: Instant, into outbox: inout Outbox<Report>) {
        begin(now: now)
        var place = 0
        while place < lookups.count {
            ask(place, now: now, into: &outbox)
            if lookups[place].isOver || lookups[place].endsAt <= now {
                let over = lookups.remove(at: place)
                outbox.report(.found(over.target, over.nearest))
                begin(now: now)
            } else {
                place += 1
            }
        }
        plan(now: now)
    }

    /// Begins waiting lookups while there is room; without a peer in use they wait on.
    private mutating func begin(now: Instant) {
        guard !pending.isEmpty, lines.rows.contains(where: { $0.isUsed && $0.stage == .running })
        else { return }
        while lookups.count < Self.lookupLimit, !pending.isEmpty {
            let target = pending.removeFirst()
            var lookup = Lookup(
                number: nextNumber,
                target: target,
                endsAt: now.advanced(by: patience)
            )
            nextNumber += 1
            for line in lines.rows where line.isUsed && line.stage == .running {
                lookup.add(line.id)
            }
            for address in table.closest(to: target) { lookup.add(address.id) }
            table.touch(target, now: now)
            lookups.append(lookup)
        }
    }

    private mutating func ask(_ place: Int, now: Instant, into outbox: inout Outbox<Report>) {
        guard lookups[place].underwayCount < Lookup.parallelLimit else { return }
        let target = lookups[place].target.id
        for peer in unasked(of: place, now: now) {
            guard lookups[place].underwayCount < Lookup.parallelLimit else { return }
            guard let line = lines[peer] else { continue }
            let id = line.id
            if line.isSpent {
                lookups[place].set(id, .failed)
                continue
            }
            guard outbox.send(RoutingMessage.findNode(target).bytes, on: .routing, to: peer) else {
                continue
            }
            let question = Question(
                lookup: lookups[place].number,
                dueAt: now.advanced(by: settings.answerTimeout)
            )
            lines.update(peer) {
                $0.unansweredCount += 1
                $0.askableAt = now.advanced(by: Self.askInterval)
                $0.question = question
            }
            lookups[place].set(id, .asked)
        }
    }

    /// Whom a lookup may ask now, and who is not to be asked any more, nearest first.
    ///
    /// From the peers, most of whom rest, and not from the candidates, most of whom are no peers.
    private func unasked(of place: Int, now: Instant) -> [PeerID] {
        var found: [(place: Int, peer: PeerID)] = []
        var reach: Int?
        for number in lines.rows.indices {
            guard lines.rows[number].isSpent || lines.rows[number].mayBeAsked(now: now) else {
                continue
            }
            let id = lines.rows[number].id
            let within = reach ?? lookups[place].reach
            reach = within
            guard let candidate = lookups[place].unaskedPlace(of: id, within: within),
                handles[id] == lines.ids[number]
            else { continue }
            found.append((candidate, lines.ids[number]))
        }
        if found.count > 1 { found.sort { $0.place < $1.place } }
        return found.map(\.peer)
    }

    // MARK: Answers

    mutating func take(
        _ contacts: [PeerAddress],
        from peer: PeerID,
        _ line: Line,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        guard line.unansweredCount > 0 else {
            return refuse(peer, .unsolicitedMessage, now: now, into: &outbox)
        }
        lines.update(peer) { $0.unansweredCount -= 1 }
        let (own, hidden) = (settings.ownID, settings.privateIDs)
        func isHidden(_ contact: PeerAddress) -> Bool {
            contact.id == own || hidden.contains(contact.id)
        }
        let known =
            contacts.contains(where: isHidden) ? contacts.filter { !isHidden($0) } : contacts
        if let number = line.question?.lookup,
            let place = lookups.firstIndex(where: { $0.number == number })
        {
            for contact in known { lookups[place].add(contact.id) }
        }
        settle(peer, .answered)
        if let address = line.address, table.contains(line.id) { table.see(address, now: now) }
        outbox.report(.learnt(peer, known))
        advance(now: now, into: &outbox)
    }

    /// Closes the open request to a peer, if there is one.
    mutating func settle(_ peer: PeerID, _ state: Lookup.Candidate.State) {
        guard let line = lines[peer], let question = line.question else { return }
        lines.update(peer) { $0.question = nil }
        guard let place = lookups.firstIndex(where: { $0.number == question.lookup }) else {
            return
        }
        lookups[place].set(line.id, state)
    }

    // MARK: Time

    mutating func expire(
        now: Instant,
        random: inout Random,
        into outbox: inout Outbox<Report>
    ) {
        guard let nextDeadline, nextDeadline <= now else { return }
        for (peer, line) in zip(lines.ids, lines.rows) {
            guard let dueAt = line.question?.dueAt, dueAt <= now else { continue }
            settle(peer, .failed)
            table.markFailed(line.id)
        }
        if let due = refreshAt, due <= now {
            refreshAt = now.advanced(by: refreshPeriod)
            let since = now.advanced(by: .zero - refreshPeriod)
            queue(table.own)
            for target in table.staleTargets(since: since, random: &random) { queue(target) }
        }
        advance(now: now, into: &outbox)
    }

    private mutating func plan(now: Instant) {
        nextDeadline = refreshAt
        var someoneRests = false
        for number in lines.rows.indices {
            nextDeadline = soonest(nextDeadline, lines.rows[number].question?.dueAt)
            someoneRests = someoneRests || lines.rows[number].isResting(now: now)
        }
        for place in lookups.indices {
            nextDeadline = soonest(nextDeadline, lookups[place].endsAt)
            guard someoneRests, lookups[place].underwayCount < Lookup.parallelLimit else {
                continue
            }
            planAsking(place, now: now)
        }
    }

    /// A lookup goes on as soon as one of those whom it would ask may be asked again.
    private mutating func planAsking(_ place: Int, now: Instant) {
        var reach: Int?
        for number in lines.rows.indices where lines.rows[number].isResting(now: now) {
            let askableAt = lines.rows[number].askableAt
            // Most rest longer than anything else that is due.
            if let nextDeadline, nextDeadline <= askableAt { continue }
            let id = lines.rows[number].id
            let within = reach ?? lookups[place].reach
            reach = within
            guard lookups[place].unaskedPlace(of: id, within: within) != nil,
                handles[id] == lines.ids[number]
            else { continue }
            nextDeadline = askableAt
        }
    }
}
