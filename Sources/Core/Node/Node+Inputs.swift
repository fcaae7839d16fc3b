import WarrenGossip
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Absorbing what the driver says

extension Node {
    mutating func absorb(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch (phase, input) {
        case (.stopped, _): break
        case (.loading, let input): absorbEarly(input, now: now, random: &random, into: &effects)
        case (.running, .listening(let address)):
            start(at: address, now: now, random: &random, into: &effects)
        case (.running, .accepted(let connection, let remote))
        where listening == nil || configuration.diffusionMode == .initiatorOnly:
            refuse(connection, from: remote, .notWanted, now: now, into: &effects)
        case (.running, .stop): stop()
        case (.running, .deadline):
            if listening != nil { wake(now: now, random: &random, into: &effects) }
        case (.running, .topology(let topology, let snapshot)):
            useLedger(topology, snapshot)
            if listening == nil {
                self.topology = topology
            } else {
                adopt(topology, now: now, into: &effects)
                tellBootstrap()
            }
        case (.running, .resolved), (.running, .services), (.running, .unresolved):
            absorbLookup(input, now: now, random: &random, into: &effects)
        case (.running, .storeFailed), (.stopping, .storeFailed):
            loseStore(now: now, into: &effects)
        case (.running, .chain(let fact)): absorb(fact, now: now)
        case (_, .persisted(let batch)):
            persisted(batch, now: now, random: &random)
        case (.running, .loadedRange(let id, let rows)):
            loadedRange(id, rows, now: now, random: &random)
        case (_, let input):
            absorbConnection(input, now: now, random: &random, into: &effects)
        }
    }

    /// Before the store's rows are there, nothing is done but remembered.
    private mutating func absorbEarly(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch input {
        case .loaded(let rows):
            load(rows, now: now, random: &random)
            guard hasChain else { return run(now: now, random: &random, into: &effects) }
            commandChain { chain, outbox in
                chain?.begin(residents: rows, now: now, random: &random, into: &outbox)
            }
        case .loadedRange(let id, let rows):
            loadedRange(id, rows, now: now, random: &random)
        case .persisted(let batch): persisted(batch, now: now, random: &random)
        case .listening(let address): earlyListening = address
        case .topology(let topology, let snapshot):
            useLedger(topology, snapshot)
            self.topology = topology
        case .accepted(let connection, let remote):
            refuse(connection, from: remote, .notWanted, now: now, into: &effects)
        case .storeFailed: loseStore(now: now, into: &effects)
        case .stop: stop()
        case .authenticated, .failed, .received, .sent, .closed, .resolved, .services,
            .unresolved, .chain, .deadline:
            break
        }
    }

    private mutating func refuse(
        _ connection: ConnectionID,
        from remote: SocketAddress,
        _ reason: CloseReason,
        now: Instant,
        into effects: inout [Effect]
    ) {
        effects.append(.close(connection, reason, flush: false))
        emit(
            .refused(connection, address: remote.description, reason),
            now: now,
            into: &effects
        )
    }

    mutating func stop() {
        phase = .stopping
        agenda.append(.switchInput(.stopAll))
    }

    /// Nothing can be remembered any more: what was to be stored is lost, and the node stops.
    mutating func loseStore(now: Instant, into effects: inout [Effect]) {
        guard !isStoreLost else { return }
        isStoreLost = true
        emit(.storeFailed, now: now, into: &effects)
        if phase != .stopping { stop() }
    }

    /// What happens on sockets goes to the switch, which knows peers only by handle.
    private mutating func absorbConnection(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch input {
        case .accepted(let connection, let remote):
            agenda.append(.switchInput(.accepted(connection, from: remote)))
        case .authenticated(let connection, let id, let info, let remote):
            recognise(connection, id, info, remote: remote, now: now)
        case .failed(let connection, let reason, let id):
            if reason == .wrongID, id != nil {
                distrustClaim(connection, now: now, random: &random)
            }
            agenda.append(.switchInput(.failed(connection, reason)))
        case .received(let connection, let channel, let message):
            if let (reactor, peer) = switchboard.addressee(
                of: channel,
                length: message.count,
                on: connection
            ) {
                // The most frequent input. Nothing waits before it, so the reactor hears it at once.
                live.update(current(peer)) { $0.heardAt = now }
                let event = ReactorEvent.receive(channel, message, from: peer)
                tell(reactor, event, now: now, random: &random, into: &effects)
            } else {
                agenda.append(.switchInput(.received(connection, channel, message)))
            }
        case .closed(let connection, let reason):
            agenda.append(.switchInput(.closed(connection, reason)))
        case .loaded, .listening, .resolved, .services, .unresolved, .persisted, .loadedRange,
            .storeFailed, .topology, .chain, .deadline, .stop, .sent:
            break  // Handled before, or by phase, above.
        }
    }

    private mutating func load(_ rows: [StoreChange], now: Instant, random: inout Random) {
        loadPins(rows)
        book = AddressBook(
            settings: configuration.bookSettings(ownID: ownID),
            newKey: bookKey,
            rows: rows,
            now: now,
            random: &random,
            into: &unsaved
        )
    }

    /// All that was stored is here.
    mutating func run(now: Instant, random: inout Random, into effects: inout [Effect]) {
        phase = .running
        startedAt = now
        if let address = earlyListening {
            start(at: address, now: now, random: &random, into: &effects)
        }
    }

    /// The sockets listen: the machines wake up.
    private mutating func start(
        at address: SocketAddress,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard listening == nil else { return }
        listening = address
        book.addOwn(address, into: &unsaved)
        if let external = configuration.externalAddress.flatMap({ SocketAddress($0) }) {
            ownAddresses.insert(external)
            book.addOwn(external, into: &unsaved)
        }
        agenda.append(.switchInput(.start))
        startChurn()
        startCircle(now: now, random: &random)
        adopt(topology, now: now, into: &effects)
        for ban in book.banned where ban.cause == .misconduct && now < ban.endsAt {
            agenda.append(.switchInput(.ban(ban.id, until: ban.endsAt)))
        }
    }

    /// Tells every machine whose time may have come.
    private mutating func wake(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        beginLookups(now: now, into: &effects)
        if switchboard.nextDeadline.map({ $0 <= now }) == true {
            agenda.append(.switchInput(.deadline))
        }
        wakeReactors(now: now, random: &random, into: &effects)
        if managerDeadline.map({ $0 <= now }) == true {
            agenda.append(.governorInput(.deadline))
            agenda.append(.crawlerInput(.deadline))
            agenda.append(.circleDeadline)
        }
        if churnDeadline.map({ $0 <= now }) == true { agenda.append(.churnInput(.deadline)) }
        reinstate(now: now, random: &random, into: &effects)
        if let current = seedJob?.current, current.giveUpAt <= now {
            leaveSeed(current.peer, .handshakeTimeout, now: now, random: &random)
        }
        reportFailedPromotions(now: now)
        wakeConnections(now: now, random: &random)
    }

    /// Bans that have ended let their nodes in again (C§12: upstream's may never end).
    private mutating func reinstate(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        let free = book.reinstate(now: now, random: &random, into: &unsaved)
        guard !free.isEmpty else { return }
        for id in free {
            agenda.append(.switchInput(.ban(id, until: nil)))
            emit(.reinstated(id), now: now, into: &effects)
        }
        publishRoots(now: now)
    }
}
