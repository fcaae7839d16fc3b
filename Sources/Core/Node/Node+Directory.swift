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

    /// How many peers the node has a handle for.
    package var handleCount: Int { directory.count }

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
            return handle(ofGuest: id, listening: info.dialable(from: remote), remote, now: now)
        }
        // Another than expected: refused too, and no reason to believe anything.
        guard directory[dialed]?.id ?? id == id else { return dialed }
        guard let address = switchboard.address(dialedOn: connection) else { return dialed }
        pin(address, id)
        let peer = identify(dialed, as: id, now: now)
        // Some access point may name the same place without its node.
        return directory.unnamedPeer(knownAt: address).map { identify($0, as: id, now: now) }
            ?? peer
    }

    /// The handle of a node that dialed us.
    ///
    /// Where a configured address names nobody and the guest comes from its very IP, the guest is
    /// believed to be whom we mean until a dial proves otherwise: while it is connected, neither end
    /// may let another connection with that IP be made (C§5.1), so that asking would be in vain.
    private mutating func handle(
        ofGuest id: NodeID,
        listening address: SocketAddress?,
        _ remote: SocketAddress,
        now: Instant
    ) -> PeerID {
        guard let address, !configuration.isPrivate(id) || isUnnamed(address) else {
            return directory.peer(id: id, address: nil)
        }
        guard address.ip == remote.ip, pins[address] == nil,
            let meant = directory.unnamedPeer(knownAt: address)
        else { return directory.peer(id: id, address: address) }
        pins[address] = Pin(id: id, isProved: false)
        return identify(meant, as: id, now: now)
    }

    private mutating func identify(_ peer: PeerID, as id: NodeID, now: Instant) -> PeerID {
        guard let other = directory.identify(peer, as: id) else { return peer }
        merge(peer, into: other, now: now)
        return other
    }

    /// Who is connected from or to this very address, for access points that name nobody.
    func occupant(of address: SocketAddress) -> Pin? {
        for row in live.rows {
            if row.peer.isOutbound, row.peer.remote == address {
                return Pin(id: row.peer.nodeID, isProved: true)
            }
            if !row.peer.isOutbound, row.peer.listenAddress == address,
                row.peer.remote.ip == address.ip
            {
                return Pin(id: row.peer.nodeID, isProved: false)
            }
        }
        return nil
    }

    /// `other`, which has no connection yet, is the node that `peer` stands for: from here on only `peer`
    /// does.
    private mutating func merge(_ other: PeerID, into peer: PeerID, now: Instant) {
        directory.merge(other, into: peer)
        // The governor keeps the row of the higher temperature, and its job.
        let isEstablished = manager.isEstablished(peer)
        if let job = jobs.remove(other), !jobs.contains(peer), !isEstablished {
            jobs[peer] = job
        }
        if seedJob?.current?.peer == other { seedJob?.current?.peer = peer }
        agenda.append(.switchInput(.merge(peer, other: other)))
        agenda.append(.governorInput(.merged(peer, other: other)))
        connections.merge(other, into: peer)
        mergeInbound(other, into: peer, now: now)
        agenda.append(.circleInput(.merged(peer, other: other)))
        publishRoots(now: now)
    }

    /// An access point without an id has shown who it is: from now on only that node will do.
    ///
    /// That of a private peer is not stored.
    private mutating func pin(_ address: SocketAddress, _ id: NodeID) {
        let pin = Pin(id: id, isProved: true)
        guard pins[address] != pin, isUnnamed(address) else { return }
        if pins.count >= Self.pinLimit {
            for old in pins.ids where !isUnnamed(old) { unpin(old) }
            guard pins.count < Self.pinLimit else { return }
        }
        pins[address] = pin
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
            pins[address] = row.value.flatMap { NodeID($0) }.map { Pin(id: $0, isProved: true) }
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
        if pins[address]?.isProved == false {
            pins.remove(address)
            publishRoots(now: now)
        }
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
        agenda.append(.circleInput(.forget(peer, .closed(.ownID))))
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

    /// Has a handle dropped, if no machine refers to it once all of this input is dealt with.
    mutating func release(_ peer: PeerID) { released.append(peer) }

    /// Drops the released handles that no machine refers to.
    mutating func dropReleased() {
        for peer in released {
            guard !live.contains(peer), !switchboard.isUp(peer), !jobs.contains(peer),
                !switchboard.awaitedPeers.contains(peer), seedJob?.current?.peer != peer,
                connections.state(of: peer) == nil
            else { continue }
            if manager.governor?.knows(peer) == true { continue }
            if manager.governor?.namedPeers.contains(peer) == true { continue }
            if let circle = manager.circle {
                guard !circle.knows(peer), !circle.namedPeers.contains(peer) else { continue }
            }
            directory.drop(peer)
        }
        released.removeAll(keepingCapacity: true)
    }

    /// Drops what strangers left in the directory, before it is more than ``strayLimit``.
    mutating func sweepDirectory() {
        guard directory.count >= sweepAt else { return }
        var kept = Set(live.ids)
        kept.formUnion(jobs.ids)
        kept.formUnion(switchboard.awaitedPeers)
        kept.formUnion(connections.peerStates.keys)
        kept.formUnion(manager.heldPeers)
        if let current = seedJob?.current { kept.insert(current.peer) }
        for peer in directory.peers where !kept.contains(peer) { directory.drop(peer) }
        sweepAt = directory.count + Self.strayLimit
    }
}
