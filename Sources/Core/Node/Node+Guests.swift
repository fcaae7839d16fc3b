import WarrenPrimitives
package import WarrenSwitch

// MARK: - Guests: reactors that whoever makes the node adds to ours

extension Node {
    /// The first guest of this type as it is now; nil if there is none.
    package func guest<Guest: Reactor>(_ type: Guest.Type) -> Guest? {
        for guest in guests {
            if let found = guest as? Guest { return found }
        }
        return nil
    }

    /// Gives the first guest of this type a command: something that no peer and no time brings.
    ///
    /// What it puts into the outbox is carried out with the node's next input. A driver gives one
    /// at once; a `.deadline` will do. Nil if there is no such guest.
    package mutating func command<Guest: Reactor, Answer>(
        _ type: Guest.Type,
        _ body: (inout Guest, inout Outbox<Guest.Report>) -> Answer
    ) -> Answer? {
        for place in guests.indices {
            guard var guest = guests[place] as? Guest else { continue }
            var answer: Answer?
            let wanted = switchboard.withOutbox { (outbox: inout Outbox<Guest.Report>) in
                answer = body(&guest, &outbox)
            }
            guests[place] = guest
            agenda.append(wanted) { .guestReport(place, $0) }
            return answer
        }
        return nil
    }

    mutating func tellGuest(
        _ place: Int,
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random
    ) {
        guests[place].hear(
            event,
            at: place,
            over: &switchboard,
            now: now,
            random: &random,
            into: &agenda
        )
    }
}

extension Reactor {
    /// Hears of an event where it stands: taken out and put back, its state would be copied.
    fileprivate mutating func hear(
        _ event: ReactorEvent,
        at place: Int,
        over switchboard: inout Switch,
        now: Instant,
        random: inout Random,
        into agenda: inout Agenda
    ) {
        let wanted = switchboard.deliver(event, to: &self, now: now, random: &random)
        agenda.append(wanted) { .guestReport(place, $0) }
    }
}

extension Agenda {
    /// Puts here what one of our own reactors wants; `item` says what becomes of its reports.
    mutating func append<Report>(_ outbox: Outbox<Report>, _ item: (Report) -> Item) {
        var place = 0
        outbox.asks.forEach { ask in
            switch ask {
            case .send(let peer, let channel, let message):
                append(.switchInput(.send(peer, channel, message)))
            case .stop(let peer, let reason, let flush):
                append(.switchInput(.stop(peer, reason, flush: flush)))
            case .report:
                append(item(outbox.reports[place]))
                place += 1
            case .note(let note): append(.switchEffect(.note(note)))
            }
        }
    }

    /// Puts here what a guest wants; `item` says what becomes of its reports.
    mutating func append<Report>(
        _ wanted: [Outbox<Report>.Effect],
        _ item: (Report) -> Item
    ) {
        for effect in wanted {
            switch effect {
            case .send(let peer, let channel, let message):
                append(.switchInput(.send(peer, channel, message)))
            case .stop(let peer, let reason, let flush):
                append(.switchInput(.stop(peer, reason, flush: flush)))
            case .report(let report): append(item(report))
            case .note(let note): append(.switchEffect(.note(note)))
            }
        }
    }
}
