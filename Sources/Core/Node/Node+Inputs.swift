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
        case (.loading, .loaded(let rows)):
            load(rows, now: now, random: &random)
        case (.running, .listening(let address)), (.loading, .listening(let address)):
            start(at: address, now: now, into: &effects)
        case (.loading, .accepted(let connection, _)):
            effects.append(.close(connection, .stopping, flush: false))
        case (.loading, .stop):
            phase = .stopped
            effects.append(.stopped)
        case (.loading, _), (.stopped, _):
            break
        case (.running, .stop):
            phase = .stopping
            agenda.append(.switchInput(.stopAll))
        case (.running, .deadline):
            wake(now: now, random: &random, into: &effects)
        case (.running, .topology(let topology)):
            adopt(topology, now: now, into: &effects)
        case (.running, .resolved(let lookup, let addresses, let ttl)):
            if roots.resolved(lookup, addresses, ttl: ttl, now: now) { publishRoots() }
            settlePublicRoots()
        case (.running, .storeFailed):
            emit(.storeFailed, now: now, into: &effects)
            phase = .stopping
            persistedBatch = lastBatch
            agenda.append(.switchInput(.stopAll))
        case (.stopping, .storeFailed):
            persistedBatch = lastBatch
        case (_, .persisted(let batch)):
            persistedBatch = max(persistedBatch, batch)
        case (_, let input):
            absorbConnection(input, now: now, random: &random)
        }
    }

    /// What happens on sockets goes to the switch, which knows peers only by handle.
    private mutating func absorbConnection(
        _ input: Input,
        now: Instant,
        random: inout Random
    ) {
        switch input {
        case .accepted(let connection, let remote):
            agenda.append(.switchInput(.accepted(connection, from: remote)))
        case .authenticated(let connection, let id, let info, let remote):
            recognise(connection, id, info, remote: remote, now: now)
        case .failed(let connection, let reason, let id):
            if reason == .wrongID, id != nil { distrustClaim(connection, now: now, random: &random) }
            agenda.append(.switchInput(.failed(connection, reason)))
        case .received(let connection, let channel, let message):
            agenda.append(.switchInput(.received(connection, channel, message)))
        case .sent(let connection, let channel, let messages, let bytes):
            agenda.append(
                .switchInput(.sent(connection, channel, messages: messages, bytes: bytes))
            )
        case .closed(let connection, let reason):
            agenda.append(.switchInput(.closed(connection, reason)))
        case .loaded, .listening, .resolved, .persisted, .storeFailed, .topology, .deadline, .stop:
            break  // Handled by phase, above.
        }
    }

    private mutating func load(_ rows: [StoreChange], now: Instant, random: inout Random) {
        for row in rows where row.space == .pin {
            guard let value = row.value, let id = NodeID(value),
                let address = SocketAddress(String(decoding: row.key, as: UTF8.self))
            else { continue }
            pins[address] = id
        }
        book = AddressBook(
            settings: configuration.bookSettings(ownID: ownID),
            newKey: bookKey,
            rows: rows,
            now: now,
            random: &random,
            into: &unsaved
        )
        phase = .running
        startedAt = now
    }

    /// The sockets listen: the machines wake up.
    private mutating func start(
        at address: SocketAddress,
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard listening == nil else { return }
        phase = .running
        startedAt = startedAt ?? now
        listening = address
        book.addOwn(address, into: &unsaved)
        agenda.append(.switchInput(.start))
        agenda.append(.governorInput(.targets(configuration.targets)))
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
        for (lookup, name) in roots.due(now: now) {
            effects.append(.resolve(lookup, host: name.host, port: name.port))
        }
        if switchboard.nextDeadline.map({ $0 <= now }) == true {
            agenda.append(.switchInput(.deadline))
        }
        wakeReactors(now: now, random: &random, into: &effects)
        if manager.nextDeadline.map({ $0 <= now }) == true {
            agenda.append(.governorInput(.deadline))
            agenda.append(.crawlerInput(.deadline))
        }
        reinstate(now: now, random: &random, into: &effects)
        if let current = seedJob?.current, current.giveUpAt <= now {
            leaveSeed(current.peer, .handshakeTimeout, now: now, random: &random)
        }
        closeIdle(now: now)
    }

    /// Bans that have ended let their nodes in again (C§12: upstream's may never end).
    private mutating func reinstate(
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        for id in book.reinstate(now: now, random: &random, into: &unsaved) {
            agenda.append(.switchInput(.ban(id, until: nil)))
            emit(.reinstated(id), now: now, into: &effects)
        }
    }

    /// Finds the handle of whoever authenticated, merging two handles that are one node.
    private mutating func recognise(
        _ connection: ConnectionID,
        _ id: NodeID,
        _ info: NodeInfo,
        remote: SocketAddress,
        now: Instant
    ) {
        let listens = info.dialable(from: remote)
        let peer: PeerID
        if connection.isOutbound, let dialed = switchboard.peer(dialedOn: connection) {
            if let other = directory.identify(dialed, as: id) {
                merge(dialed, into: other)
                peer = other
            } else {
                peer = dialed
            }
            pin(peer, id)
        } else {
            peer = directory.peer(id: id, address: configuration.isPrivate(id) ? nil : listens)
        }
        agenda.append(
            .switchInput(
                .authenticated(
                    connection,
                    Switch.Authenticated(peer: peer, id: id, info: info, remote: remote)
                )
            )
        )
    }

    /// `other` is the node that `peer` stands for: from here on only `peer` does.
    private mutating func merge(_ other: PeerID, into peer: PeerID) {
        directory.merge(other, into: peer)
        if let job = jobs.remove(other), !jobs.contains(peer) { jobs[peer] = job }
        if seedJob?.current?.peer == other { seedJob?.current?.peer = peer }
        agenda.append(.switchInput(.merge(peer, other: other)))
        agenda.append(.governorInput(.merged(peer, other: other)))
        publishRoots()
    }

    /// An access point without an id has shown who it is: from now on only that node will do.
    private mutating func pin(_ peer: PeerID, _ id: NodeID) {
        guard let entry = directory[peer], entry.isConfigured, let address = entry.address,
            pins[address] != id, isUnnamed(address)
        else { return }
        pins[address] = id
        unsaved.append(
            StoreChange(.pin, key: Array("\(address)".utf8), value: id.bytes)
        )
    }

    /// Another node answers where one was expected: whoever told us was wrong about it.
    private mutating func distrustClaim(
        _ connection: ConnectionID,
        now: Instant,
        random: inout Random
    ) {
        guard let peer = switchboard.peer(dialedOn: connection), let entry = directory[peer],
            let id = entry.id, let address = entry.address
        else { return }
        book.markWrongID(
            PeerAddress(id: id, socket: address),
            now: now,
            random: &random,
            into: &unsaved
        )
    }
}
