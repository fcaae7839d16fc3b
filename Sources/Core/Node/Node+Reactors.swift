import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Reactors: telling them, and doing what they answer

extension Node {
    /// The places of our own reactors in the switch's list; guests come after them.
    private enum Place {
        static let lifecycle = 0
        static let exchange = 1
        static let firstGuest = 2
    }

    mutating func tell(
        _ place: Int,
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch place {
        case Place.lifecycle:
            withLifecycle { lifecycle, outbox in
                lifecycle.handle(event, now: now, random: &random, into: &outbox)
            }
        case Place.exchange:
            withExchange { exchange, outbox in
                exchange.handle(event, now: now, random: &random, into: &outbox)
            }
        default:
            tellGuest(place - Place.firstGuest, event, now: now, random: &random)
        }
    }

    /// Reactors whose time has come.
    mutating func wakeReactors(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        if lifecycle.nextDeadline.map({ $0 <= now }) == true {
            tell(Place.lifecycle, .deadline, now: now, random: &random, into: &effects)
        }
        if exchange.nextDeadline.map({ $0 <= now }) == true {
            tell(Place.exchange, .deadline, now: now, random: &random, into: &effects)
        }
        for place in guests.indices where guests[place].nextDeadline.map({ $0 <= now }) == true {
            tellGuest(place, .deadline, now: now, random: &random)
        }
    }

    mutating func withLifecycle(
        _ body: (inout Lifecycle, inout Outbox<Lifecycle.Report>) -> Void
    ) {
        var outbox = Outbox<Lifecycle.Report>(credit: switchboard.lendCredit())
        body(&lifecycle, &outbox)
        collect(&outbox) { .lifecycleReport($0) }
    }

    mutating func withExchange(
        _ body: (inout PeerExchange, inout Outbox<PeerExchange.Report>) -> Void
    ) {
        var outbox = Outbox<PeerExchange.Report>(credit: switchboard.lendCredit())
        body(&exchange, &outbox)
        collect(&outbox) { .exchangeReport($0) }
    }

    private mutating func tellGuest(
        _ place: Int,
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random
    ) {
        func tell<Guest: Reactor>(_ guest: Guest) -> Guest {
            var guest = guest
            var outbox = Outbox<Guest.Report>(credit: switchboard.lendCredit())
            guest.handle(event, now: now, random: &random, into: &outbox)
            collect(&outbox) { _ in nil }
            return guest
        }
        guests[place] = tell(guests[place])
    }

    /// Takes the credit back, and puts what the reactor wants on the agenda.
    private mutating func collect<Report>(
        _ outbox: inout Outbox<Report>,
        _ item: (Report) -> Agenda.Item?
    ) {
        switchboard.returnCredit(&outbox.credit)
        for effect in outbox.effects {
            switch effect {
            case .send(let peer, let channel, let message):
                agenda.append(.switchInput(.send(peer, channel, message)))
            case .stop(let peer, let reason, let flush):
                agenda.append(.switchInput(.stop(peer, reason, flush: flush)))
            case .report(let report):
                if let item = item(report) { agenda.append(item) }
            case .note(let note):
                agenda.append(.switchEffect(.note(note)))
            }
        }
    }

    // MARK: Lifecycle

    mutating func hear(
        _ report: Lifecycle.Report,
        now: Instant,
        into effects: inout [Effect]
    ) {
        switch report {
        case .hello(let peer, let hello):
            live.update(peer) { $0.greeting = .heard(hello) }
            greeted(peer, now: now)
        case .without(let peer):
            live.update(peer) { $0.greeting = .none }
            greeted(peer, now: now)
        case .roundTrip(let peer, let duration):
            live.update(peer) { $0.roundTrip = duration }
        case .usedBy(let peer, let level):
            live.update(peer) { row in
                row.usedBy = level
                row.noteUse(now: now)
            }
            guard live.contains(peer) else { return }
            emit(.usedBy(reference(peer), level.temperature), now: now, into: &effects)
        case .acknowledged(let peer, let level):
            acknowledged(peer, level, now: now)
        }
    }
}
