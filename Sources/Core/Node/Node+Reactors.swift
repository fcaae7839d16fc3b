import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Reactors: telling them, and doing what they answer

extension Node {
    /// The places of our own reactors in the switch's list; guests come after them, where there is
    /// no chain in its place already.
    private enum Place {
        static let lifecycle = 0
        static let exchange = 1
        static let routing = 2
        static let chain = 3
    }

    private var firstGuest: Int { hasChain ? Place.chain + 1 : Place.chain }

    mutating func tell(
        _ place: Int,
        _ event: ReactorEvent,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch place {
        case Place.lifecycle:
            command(mayAsk: event.mayAsk) {
                (lifecycle: inout Lifecycle, outbox: inout Outbox<Lifecycle.Report>) in
                lifecycle.handle(event, now: now, random: &random, into: &outbox)
            }
        case Place.exchange:
            command(mayAsk: event.mayAsk) {
                (exchange: inout PeerExchange, outbox: inout Outbox<PeerExchange.Report>) in
                exchange.handle(event, now: now, random: &random, into: &outbox)
            }
        case Place.routing:
            command(mayAsk: event.mayAsk) {
                (routing: inout Routing, outbox: inout Outbox<Routing.Report>) in
                routing.handle(event, now: now, random: &random, into: &outbox)
            }
        case Place.chain where hasChain: tellChain(event, now: now, random: &random)
        default: tellGuest(place - firstGuest, event, now: now, random: &random)
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
        if routing.nextDeadline.map({ $0 <= now }) == true {
            tell(Place.routing, .deadline, now: now, random: &random, into: &effects)
        }
        if chainDeadline.map({ $0 <= now }) == true {
            tellChain(.deadline, now: now, random: &random)
        }
        for place in guests.indices where guests[place].nextDeadline.map({ $0 <= now }) == true {
            tellGuest(place, .deadline, now: now, random: &random)
        }
    }

    /// Gives the lifecycle reactor a command, with the credit lent to its outbox unless it may not ask.
    mutating func command(
        mayAsk: Bool = true,
        _ body: (inout Lifecycle, inout Outbox<Lifecycle.Report>) -> Void
    ) {
        var outbox = Outbox<Lifecycle.Report>(credit: Credit())
        if mayAsk { swap(&outbox.asks.credit, &switchboard.credit) }
        body(&lifecycle, &outbox)
        if mayAsk { swap(&outbox.asks.credit, &switchboard.credit) }
        agenda.append(outbox) { .lifecycleReport($0) }
    }

    /// Gives the exchange reactor a command, with the credit lent to its outbox unless it may not ask.
    mutating func command(
        mayAsk: Bool = true,
        _ body: (inout PeerExchange, inout Outbox<PeerExchange.Report>) -> Void
    ) {
        var outbox = Outbox<PeerExchange.Report>(credit: Credit())
        if mayAsk { swap(&outbox.asks.credit, &switchboard.credit) }
        body(&exchange, &outbox)
        if mayAsk { swap(&outbox.asks.credit, &switchboard.credit) }
        agenda.append(outbox) { .exchangeReport($0) }
    }

    /// Gives the routing reactor a command, with the credit lent to its outbox unless it may not ask.
    mutating func command(
        mayAsk: Bool = true,
        _ body: (inout Routing, inout Outbox<Routing.Report>) -> Void
    ) {
        var outbox = Outbox<Routing.Report>(credit: Credit())
        if mayAsk { swap(&outbox.asks.credit, &switchboard.credit) }
        body(&routing, &outbox)
        if mayAsk { swap(&outbox.asks.credit, &switchboard.credit) }
        agenda.append(outbox) { .routingReport($0) }
    }

    /// The handle that the node uses for a peer that a reactor named; reactors keep the handle
    /// under which they were told of it (design §17.1).
    func current(_ peer: PeerID) -> PeerID { switchboard.nodeHandle(peer) }

    // MARK: Lifecycle

    mutating func hear(
        _ report: Lifecycle.Report,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch report {
        case .hello(let named, let hello):
            let peer = current(named)
            live.update(peer) { $0.greeting = .heard(hello) }
            if !hello.sharesPeers { heedUnwilling(peer) }
            greeted(peer, now: now, random: &random)
        case .without(let named):
            let peer = current(named)
            live.update(peer) { $0.greeting = .none }
            greeted(peer, now: now, random: &random)
        case .roundTrip(let named, let duration):
            live.update(current(named)) { $0.roundTrip = duration }
            measured(named, duration, now: now, random: &random)
        case .usedBy(let named, let level):
            let peer = current(named)
            live.update(peer) { $0.usedBy = level }
            serve(named, isHot: level == .hot, now: now, random: &random)
            guard let connection = live[peer]?.peer.connection else { return }
            emit(.usedBy(directory.reference(peer), level.temperature), now: now, into: &effects)
            tellInbound(.used(connection, level), now: now, random: &random)
        case .acknowledged(let peer, let level):
            acknowledged(current(peer), level, now: now, random: &random)
        }
    }
}

extension ReactorEvent {
    /// False while the peer may not be sent to: its credit is open, but it is not added yet.
    fileprivate var mayAsk: Bool {
        switch self {
        case .initPeer: false
        case .addPeer, .receive, .sendable, .removePeer, .deadline: true
        }
    }
}
