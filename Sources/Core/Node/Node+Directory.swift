import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Whose each handle is

extension Node {
    /// How many handles that no machine refers to may lie in the directory: those of strangers that
    /// came and went, or that someone's answer named.
    package static let strayLimit = 1024
    /// How many learnt ids of access points are kept; past it, those not configured any more go.
    package static let pinLimit = 4096
    /// How many addresses that led back to ourselves are remembered.
    static let ownAddressLimit = 64

    /// Finds the handle of whoever authenticated, merging two handles that are one node.
    mutating func recognise(
        _ connection: ConnectionID,
        _ id: NodeID,
        _ info: NodeInfo,
        remote: SocketAddress,
        now: Instant
    ) {
        agenda.append(
            .switchInput(
                .authenticated(
                    connection,
                    Switch.Authenticated(
                        peer: handle(of: id, on: connection, info, remote: remote, now: now),
                        id: id,
                        info: info,
                        remote: remote
                    )
                )
            )
        )
    }

    private mutating func handle(
        of id: NodeID,
        on connection: ConnectionID,
        _ info: NodeInfo,
        remote: SocketAddress,
        now: Instant
    ) -> PeerID {
        // Ourselves: the switch refuses it, and it is nobody's handle.
        guard id != ownID else { return PeerID(rawValue: 0) }
        guard let dialed = switchboard.peer(dialedOn: connection) else {
            let listens = configuration.isPrivate(id) ? nil : info.dialable(from: remote)
            return directory.peer(id: id, address: listens)
        }
        // Another than expected: refused too, and no reason to believe anything.
        guard directory[dialed]?.id ?? id == id else { return dialed }
        if let address = switchboard.address(dialedOn: connection) { pin(address, id) }
        guard let other = directory.identify(dialed, as: id) else { return dialed }
        merge(dialed, into: other, now: now)
        return other
    }

    /// `other`, which is being dialed, is the node that `peer` stands for: from here on only `peer`
    /// does.
    private mutating func merge(_ other: PeerID, into peer: PeerID, now: Instant) {
        directory.merge(other, into: peer)
        // The governor keeps the row of the higher temperature, and its job.
        let isEstablished = manager.governor?.known[peer].map { $0.temperature > .cold } ?? false
        if let job = jobs.remove(other), !jobs.contains(peer), !isEstablished {
            jobs[peer] = job
        }
        if seedJob?.current?.peer == other { seedJob?.current?.peer = peer }
        agenda.append(.switchInput(.merge(peer, other: other)))
        agenda.append(.governorInput(.merged(peer, other: other)))
        publishRoots(now: now)
    }

    /// An access point without an id has shown who it is: from now on only that node will do.
    ///
    /// That of a private peer is not stored.
    private mutating func pin(_ address: SocketAddress, _ id: NodeID) {
        guard pins[address] != id, isUnnamed(address) else { return }
        if pins.count >= Self.pinLimit {
            for old in pins.ids where !isUnnamed(old) { unpin(old) }
            guard pins.count < Self.pinLimit else { return }
        }
        pins[address] = id
        guard !configuration.isPrivate(id) else { return }
        unsaved.append(StoreChange(.pin, key: Array("\(address)".utf8), value: id.bytes))
    }

    private mutating func unpin(_ address: SocketAddress) {
        pins.remove(address)
        unsaved.append(StoreChange(.pin, key: Array("\(address)".utf8), value: nil))
    }

    mutating func loadPins(_ rows: [StoreChange]) {
        for row in rows where row.space == .pin {
            guard let address = SocketAddress(String(decoding: row.key, as: UTF8.self)) else {
                continue
            }
            pins[address] = row.value.flatMap { NodeID($0) }
        }
    }

    /// Another node answers where one was expected: whoever told us was wrong about it.
    mutating func distrustClaim(
        _ connection: ConnectionID,
        now: Instant,
        random: inout Random
    ) {
        guard let peer = switchboard.peer(dialedOn: connection), let id = directory[peer]?.id,
            let address = switchboard.address(dialedOn: connection)
        else { return }
        book.markWrongID(
            PeerAddress(id: id, socket: address),
            now: now,
            random: &random,
            into: &unsaved
        )
    }

    /// We dialed ourselves there: nobody is known by that address, nor learnt at it again.
    mutating func disown(_ peer: PeerID, at address: SocketAddress, now: Instant) {
        guard ownAddresses.count < Self.ownAddressLimit else { return }
        ownAddresses.insert(address)
        book.addOwn(address, into: &unsaved)
        jobs.remove(peer)
        agenda.append(.governorInput(.forget(peer, .closed(.ownID))))
        publishRoots(now: now)
    }

    /// After a failed dial: where the peer may be instead, by configuration or by the book.
    mutating func readdress(_ peer: PeerID, notAt address: SocketAddress) {
        guard let entry = directory[peer], let id = entry.id else { return }
        let configured = configuredAddresses(of: id)
        if let place = configured.firstIndex(of: address) {
            directory.move(peer, to: configured[(place + 1) % configured.count])
        } else if let first = configured.first {
            directory.move(peer, to: first)
        } else if let known = book[id]?.address.socket {
            directory.move(peer, to: known)
        }
    }

    // MARK: Letting go

    /// Drops a handle that no machine refers to any more.
    mutating func release(_ peer: PeerID) {
        guard !live.contains(peer), !switchboard.isUp(peer), !jobs.contains(peer),
            manager.governor?.knows(peer) != true, !switchboard.isDialing(peer),
            seedJob?.current?.peer != peer
        else { return }
        directory.drop(peer)
    }

    /// Drops what strangers left in the directory, before it is more than ``strayLimit``.
    mutating func sweepDirectory() {
        guard directory.count >= sweepAt else { return }
        var kept = Set(live.ids)
        kept.formUnion(jobs.ids)
        kept.formUnion(switchboard.awaitedPeers)
        if let governor = manager.governor {
            kept.formUnion(governor.known.ids)
            kept.formUnion(governor.namedPeers)
        }
        if let current = seedJob?.current { kept.insert(current.peer) }
        for peer in directory.peers where !kept.contains(peer) { directory.drop(peer) }
        sweepAt = directory.count + Self.strayLimit
    }
}
