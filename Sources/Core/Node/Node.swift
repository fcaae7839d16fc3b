import WarrenGossip
import WarrenObservation
import WarrenPeering
package import WarrenPrimitives
package import WarrenSwitch

/// A whole node as a value: every machine of it, composed.
///
/// ```
///             accepted, authenticated, received, closed …              learnt, promoted, demoted …
///   driver ──────────────────────────────▶ Switch ◀──────▶ Node ◀──────────────▶ PeerManager
///          ◀────────────────────────────── reactors: Lifecycle, PeerExchange, Routing, guests
///             dial, send, close, persist, emit              AddressBook, RootDirectory
/// ```
///
/// A node speaks messages and knows no sockets, no bytes and no clock; a driver joins it to a
/// world. Its machines never call each other: what one wants of another passes through the
/// agenda, in order. Source: design §2, §5.
package struct Node: Sendable {
    enum Phase: Hashable, Sendable {
        /// The store's rows, or those that the chain reads, have not come yet; nothing else is
        /// listened to.
        case loading
        case running
        /// Connections are being closed and the last batch is being written.
        case stopping
        case stopped
    }

    let configuration: NodeConfiguration
    let ownID: NodeID
    let incarnation: UInt64
    let bookKey: [UInt8]
    var phase = Phase.loading

    /// What was stored has not all been read: peers are turned away.
    package var isLoading: Bool { phase == .loading }
    var startedAt: Instant?
    var sequence: UInt64 = 0
    /// When it wants to be told `.deadline`.
    ///
    /// Stored, as a driver asks for it after every input: a node is not to be copied for that.
    package internal(set) var nextDeadline: Instant?
    var topology: Topology
    var listening: SocketAddress?
    /// Where the sockets listen, heard before the store's rows came.
    var earlyListening: SocketAddress?

    var directory = PeerDirectory()
    var roots = RootDirectory()
    var switchboard: Switch
    var lifecycle: Lifecycle
    var exchange: PeerExchange
    var routing: Routing
    /// Nil on a network that has no producers, and so no chain.
    var chain: ChainGossip?
    /// The chain's next deadline, kept: to ask a value of its size is dear.
    var chainDeadline: Instant?
    /// The batch with a block of our own that nobody may hear of before it is persisted.
    var madeBlockBatch: UInt64?
    package let hasChain: Bool
    var guests: [any Reactor]
    var book: AddressBook
    var manager: PeerManager
    /// The manager's next deadline, kept: to ask a value of its size is dear.
    private(set) var managerDeadline: Instant?
    /// Churn's next deadline, kept likewise.
    var churnDeadline: Instant?
    var selection: SharedSelection
    var connections: ConnectionManager
    var inboundGovernor: InboundGovernor

    /// Peers with a running connection.
    var live = Roster<PeerID, LivePeer>()
    /// What the governor asked for and still waits for.
    var jobs = Roster<PeerID, Job>()
    var seedJob: SeedJob?
    /// Soonest first.
    var failedPromotions: [FailedPromotion] = []
    /// How each known peer came to its temperature; only looked up in.
    var lastTransitions: [PeerID: Snapshot.LastTransition] = [:]
    /// Requests of the governor that wait for names of configured roots, in order.
    var awaitedRoots: [LedgerPeers.Kind] = []
    /// The bootstrap peers as the governor was told of them, and how many lists there were.
    var toldBootstrap: [Topology.AccessPoint]?
    var bootstrapEdition = 0
    var ledger: LedgerPeers
    var relayLookups = RelayLookups()
    /// Only beside a governor, whose targets it writes.
    var churn: Churn?
    /// The governor's counts as churn knows them.
    var toldCounts: Targets?
    /// The governor was fed since its counts were looked at.
    var areCountsOld = true
    var metrics: PeerMetrics
    var ledgerState: LedgerState
    var fetchMode = FetchMode.deadline
    /// Ids learnt for access points that name none.
    var pins = Roster<SocketAddress, Pin>()
    /// Addresses that turned out to be ours, besides the one that we listen on.
    var ownAddresses: Set<SocketAddress> = []
    /// The handles of the configured persistent peers.
    let persistentPeers: [PeerID]
    /// Handles to be dropped at the end of this input, unless someone refers to them.
    var released: [PeerID] = []
    /// When this many handles are in the directory, strays among them are dropped.
    var sweepAt = Node.strayLimit

    var agenda = Agenda()
    var unsaved: [StoreChange] = []
    var lastBatch: UInt64 = 0
    var persistedBatch: UInt64 = 0
    /// The store failed: nothing is written any more.
    var isStoreLost = false

    package init(birth: Birth, reactors: [any Reactor] = []) {
        configuration = birth.configuration
        ownID = birth.ownID
        incarnation = birth.incarnation
        topology = birth.topology
        guests = reactors
        lifecycle = Lifecycle(settings: birth.configuration.lifecycleSettings)
        exchange = PeerExchange(settings: birth.configuration.exchangeSettings)
        routing = Routing(settings: birth.configuration.routingSettings(ownID: birth.ownID))
        // A seed keeps no peer long enough to follow it.
        chain = configuration.role == .seed ? nil : birth.genesis?.chain(signer: birth.signer)
        hasChain = chain != nil
        bookKey = birth.bookKey
        // Stands in until the store's rows are there; nothing is asked of it before.
        var noChanges: [StoreChange] = []
        var noChance = Random(seed: 0)
        book = AddressBook(
            settings: birth.configuration.bookSettings(ownID: birth.ownID),
            newKey: birth.bookKey,
            rows: [],
            now: .epoch,
            random: &noChance,
            into: &noChanges
        )
        manager = PeerManager(birth.configuration)
        managerDeadline = manager.nextDeadline
        churn = manager.governor.map { _ in Churn(settings: birth.configuration.churnSettings) }
        metrics = PeerMetrics(measure: birth.configuration.measure(.deadline))
        ledgerState = birth.configuration.ledgerState
        ledger = LedgerPeers(
            ledgerPools: birth.genesis?.pools ?? [],
            snapshot: birth.snapshot,
            useAfterSlot: birth.topology.useLedgerAfterSlot
        )
        selection = SharedSelection(pace: birth.configuration.pace)
        connections = ConnectionManager(settings: birth.configuration.connectionSettings)
        inboundGovernor = InboundGovernor(settings: birth.configuration.inboundSettings)
        var directory = PeerDirectory()
        let persistent = birth.configuration.persistentPeers.map { address in
            let peer = directory.peer(id: address.id, address: address.socket)
            directory.keep(peer)
            return Switch.PersistentPeer(peer: peer, id: address.id, address: address.socket)
        }
        persistentPeers = persistent.map(\.peer)
        switchboard = Switch(
            settings: birth.configuration.switchSettings(
                ownID: birth.ownID,
                persistent: persistent
            ),
            reactors: [lifecycle.channels, exchange.channels, routing.channels]
                + (chain.map { [$0.channels] } ?? []) + reactors.map(\.channels)
        )
        self.directory = directory
    }

    /// The channels of all reactors, in order; what NodeInfo lists and connections carry.
    package var channels: [ChannelDescriptor] {
        lifecycle.channels + exchange.channels + routing.channels + (chain?.channels ?? [])
            + guests.flatMap(\.channels)
    }

    /// Keeps the soonest deadline of all machines.
    private mutating func plan() {
        nextDeadline = nil
        guard phase == .running, listening != nil else { return }
        // One after the other: this is done after every input.
        var least = soonest(switchboard.nextDeadline, lifecycle.nextDeadline)
        least = soonest(least, exchange.nextDeadline)
        least = soonest(least, routing.nextDeadline)
        least = soonest(least, chainDeadline)
        least = soonest(least, managerDeadline)
        least = soonest(least, churnDeadline)
        least = soonest(least, roots.nextDeadline)
        least = soonest(least, book.firstBanEndsAt)
        least = soonest(least, connections.nextDeadline)
        least = soonest(least, inboundGovernor.nextDeadline)
        least = soonest(least, seedJob?.current?.giveUpAt)
        least = soonest(least, failedPromotions.first?.dueAt)
        for guest in guests { least = soonest(least, guest.nextDeadline) }
        nextDeadline = least
    }

    package mutating func handle(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        var room = Agenda.Room()
        handle(input, now: now, random: &random, using: &room, into: &effects)
    }

    /// As ``handle(_:now:random:into:)``, with room that a driver lends to one node after the other.
    package mutating func handle(
        _ input: Input,
        now: Instant,
        random: inout Random,
        using room: inout Agenda.Room,
        into effects: inout [Effect]
    ) {
        if giveBack(input) { return }
        agenda.exchange(&room)
        absorb(input, now: now, random: &random, into: &effects)
        drain(now: now, random: &random, into: &effects)
        if phase == .stopping, connections.count > 0 {
            // Nothing is held back for a node that will not be there.
            tellConnections(.stop, now: now, random: &random)
            drain(now: now, random: &random, into: &effects)
        }
        agenda.exchange(&room)
        if !released.isEmpty { dropReleased() }
        sweepDirectory()
        save(into: &effects)
        if phase == .stopping, live.isEmpty, isStoreLost || persistedBatch == lastBatch {
            phase = .stopped
            effects.append(.stopped)
        }
        plan()
    }

    /// Gives credit back; true if that is all there is to it, as it mostly is: nobody waited for it.
    private mutating func giveBack(_ input: Input) -> Bool {
        guard case .sent(let connection, let channel, let messages, let bytes) = input else {
            return false
        }
        return !giveBack(connection, channel, messages: messages, bytes: bytes)
    }

    /// What `.sent` says, for a driver whose messages leave as soon as they are handed over.
    ///
    /// True if somebody waited for it, who is told with the node's next input; a `.deadline` will do.
    package mutating func giveBack(
        _ connection: ConnectionID,
        _ channel: ChannelID,
        messages: Int,
        bytes: Int
    ) -> Bool {
        let effect = switchboard.restore(
            channel,
            of: connection,
            messages: messages,
            bytes: bytes
        )
        guard let effect else { return false }
        agenda.append(.switchEffect(effect))
        return true
    }

    /// Passes on what machines want of each other until nobody wants anything.
    private mutating func drain(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        while let item = nextItem(now: now, random: &random) {
            switch consume item {
            case .switchInput(.send(let peer, let channel, let message)) where agenda.isEmpty:
                // Nothing can come between the switch and its answer.
                if let connection = switchboard.connection(of: peer) {
                    effects.append(.send(connection, channel, message))
                }
            case .switchInput(let input):
                feedSwitch(input, now: now, random: &random)
            case .switchEffect(let effect):
                perform(effect, now: now, random: &random, into: &effects)
            case .governorInput(let input):
                manager.feedGovernor(input, now: now, random: &random, into: &agenda)
                managerDeadline = manager.nextDeadline
                areCountsOld = true
            case .governorEffect(let effect):
                perform(effect, now: now, random: &random, into: &effects)
            case .crawlerInput(let input):
                manager.feedCrawler(input, now: now, into: &agenda)
                managerDeadline = manager.nextDeadline
            case .crawlerEffect(let effect):
                perform(effect, now: now, random: &random, into: &effects)
            case .churnInput(let input): feedChurn(input, now: now, random: &random)
            case .churnEffect(let effect): perform(effect, now: now, into: &effects)
            case .circleInput(let input):
                manager.feedCircle(input, now: now, random: &random, into: &agenda)
                managerDeadline = manager.nextDeadline
            case .circleEffect(let effect):
                perform(effect, now: now, random: &random, into: &effects)
            case .circleDeadline:
                manager.feedCircle(circleDeadline, now: now, random: &random, into: &agenda)
                managerDeadline = manager.nextDeadline
            case .lifecycleReport(let report):
                hear(report, now: now, random: &random, into: &effects)
            case .exchangeReport(let report):
                hear(report, now: now, random: &random, into: &effects)
            case .routingReport(let report):
                hear(report, now: now, random: &random, into: &effects)
            case .chainReport(let report):
                hear(report, now: now, random: &random, into: &effects)
            case .guestReport(let guest, let report):
                effects.append(.reported(guest: guest, report))
            }
        }
    }

    private mutating func nextItem(now: Instant, random: inout Random) -> Agenda.Item? {
        if let item = agenda.next() { return item }
        tellTrust(now: now, random: &random)
        if let item = agenda.next() { return item }
        return tellCounts() ? agenda.next() : nil
    }

    private mutating func feedSwitch(
        _ input: Switch.Input,
        now: Instant,
        random: inout Random
    ) {
        var wanted: [Switch.Effect] = []
        switchboard.handle(input, now: now, random: &random, into: &wanted)
        for effect in wanted { agenda.append(.switchEffect(effect)) }
    }

    /// Puts a fact on record, under the next number of this life.
    mutating func emit(_ note: Note, now: Instant, into effects: inout [Effect]) {
        sequence += 1
        effects.append(
            .emit(Event(incarnation: incarnation, sequence: sequence, at: now, note: note))
        )
    }

    /// Hands what has changed since the last time to the store, as one batch.
    private mutating func save(into effects: inout [Effect]) {
        if isStoreLost { unsaved.removeAll() }
        guard !unsaved.isEmpty else { return }
        lastBatch += 1
        effects.append(.persist(batch: lastBatch, unsaved))
        unsaved.removeAll()
    }
}
