import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Asking for addresses, answering, and the book

extension Node {
    mutating func hear(
        _ report: PeerExchange.Report,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch report {
        case .requested(let named):
            answer(current(named), now: now, random: &random, into: &effects)
        case .received(let named, let addresses):
            learn(addresses, from: current(named), now: now, random: &random, into: &effects)
        case .misbehaved(let named, _):
            guard let id = directory[current(named)]?.id,
                !configuration.unconditionalPeers.contains(id)
            else { return }
            ban(id, now: now, into: &effects)
        case .noAnswer(let named):
            let peer = current(named)
            if seedJob?.current?.peer == peer {
                leaveSeed(peer, .handshakeTimeout, now: now, random: &random)
            } else {
                agenda.append(.governorInput(.shareFailed(by: peer)))
                agenda.append(.crawlerInput(.noAnswer(peer)))
            }
        }
    }

    /// Asks a peer on behalf of the governor; it answers, or time runs out.
    mutating func ask(_ peer: PeerID, now: Instant) {
        if question(peer, now: now) {
            agenda.append(.switchEffect(.note(.asked(directory.reference(peer)))))
        } else {
            agenda.append(.governorInput(.shareFailed(by: peer)))
            agenda.append(.crawlerInput(.noAnswer(peer)))
        }
    }

    /// Sends a request for addresses; false when the peer cannot or must not be asked now.
    mutating func question(_ peer: PeerID, now: Instant) -> Bool {
        let handle = switchboard.reactorHandle(peer)
        var isAsked = false
        command { (exchange: inout PeerExchange, outbox: inout Outbox<PeerExchange.Report>) in
            isAsked = exchange.ask(handle, now: now, into: &outbox)
        }
        return isAsked
    }

    /// Answers to Warren peers are few, salted and stable; to others as C§6 selects, among peers
    /// that may be shared; a seed gives what its book has (design §17.4).
    private mutating func answer(
        _ peer: PeerID,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard let row = live[peer] else { return }
        let addresses: [PeerAddress]
        switch manager.policy {
        case .crawler:
            addresses = book.selection(bias: AddressBook.seedBias, random: &random)
        case .governor where !configuration.sharesPeers:
            // CometBFT's protocol has no refusal: whoever may be told nothing is told nothing.
            addresses = []
        case .governor:
            // Not `compactMap`, whose closure would take a copy of the whole node.
            var candidates: [PeerAddress] = []
            for peer in manager.governor?.shareable ?? [] {
                if let address = shareableAddress(peer) { candidates.append(address) }
            }
            if row.greeting == LivePeer.Greeting.none {
                let shareable = Set(candidates.map(\.id))
                addresses = book.selection(random: &random) { shareable.contains($0.address.id) }
            } else {
                addresses = selection.choose(from: candidates, now: now, random: &random)
            }
        case .ensurePeers where !configuration.sharesPeers: addresses = []
        case .ensurePeers(let policy):
            // As C§7 says; nothing private is in the book, and who is withheld or not willing to share
            // is left out.
            let (circle, directory) = (policy.circle, directory)
            addresses = book.selection(random: &random) { record in
                guard let peer = directory.peer(id: record.address.id) else { return true }
                return circle.known[peer]?.isShareable != false
            }
        // Its channel is not even there.
        case .staticTopology: addresses = []
        }
        let answered = addresses.filter { $0.id != row.peer.nodeID }
        let handle = switchboard.reactorHandle(peer)
        var isAnswered = false
        command { (exchange: inout PeerExchange, outbox: inout Outbox<PeerExchange.Report>) in
            isAnswered = exchange.answer(handle, answered, into: &outbox)
        }
        guard isAnswered else { return }
        emit(
            .answered(directory.reference(peer), addressCount: answered.count),
            now: now,
            into: &effects
        )
    }

    private func shareableAddress(_ peer: PeerID) -> PeerAddress? {
        guard let entry = directory[peer], let id = entry.id, let address = entry.address,
            !configuration.isPrivate(id)
        else { return nil }
        return PeerAddress(id: id, socket: address)
    }

    /// Puts what a peer told of into the book, as from it: how many were new to it, and which it has
    /// now.
    mutating func remember(
        _ addresses: [PeerAddress],
        from row: LivePeer,
        now: Instant,
        random: inout Random
    ) -> (newCount: Int, usable: [PeerAddress]) {
        let source = PeerAddress(
            id: row.peer.nodeID,
            socket: row.peer.listenAddress ?? row.peer.remote
        )
        var newCount = 0
        var usable: [PeerAddress] = []
        usable.reserveCapacity(addresses.count)
        // Taken out once: each question of the whole node would take a copy of it.
        let (hidden, mayBeSeeds) = (configuration.privatePeerIDs, !configuration.seeds.isEmpty)
        for address in addresses where address.id != ownID && !hidden.contains(address.id) {
            if mayBeSeeds, isMereSeed(address.id, at: address.socket) { continue }
            let addition = addToBook(address, from: source, now: now, random: &random)
            if addition == .new { newCount += 1 }
            if addition != nil || book.contains(address.id) { usable.append(address) }
        }
        return (newCount, usable)
    }

    /// What a peer told goes to the book first, then to whoever asked (design §5).
    private mutating func learn(
        _ addresses: [PeerAddress],
        from peer: PeerID,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard let row = live[peer] else {
            // It was cut off in the same instant.
            agenda.append(.governorInput(.shareFailed(by: peer)))
            return
        }
        let (newCount, usable) = remember(addresses, from: row, now: now, random: &random)
        emit(
            .learnt(
                from: directory.reference(peer),
                addressCount: addresses.count,
                newCount: newCount
            ),
            now: now,
            into: &effects
        )
        agenda.append(.crawlerInput(.answered(peer)))
        if seedJob?.current?.peer == peer {
            seedJob = nil
            agenda.append(.governorInput(.seedAnswered(newCount: newCount)))
            agenda.append(.circleInput(.seedAnswered(newCount: newCount)))
            hearOf(usable, newCount: newCount, from: .peerExchange)
            leaveUnlessUsed(peer, .seedAnswered, now: now, random: &random)
            return
        }
        hearOf(usable, newCount: newCount, from: .peerExchange)
        guard manager.governor != nil else { return }
        let peers = usable.map { heardOf($0) }
        agenda.append(.governorInput(.shared(by: peer, peers)))
    }

    /// Nobody's word makes us know ourselves, a private peer or a seed.
    func isWelcome(_ address: PeerAddress) -> Bool {
        address.id != ownID && !configuration.isPrivate(address.id)
            && !isMereSeed(address.id, at: address.socket)
    }

    /// What came of it; nil if the book refused.
    @discardableResult
    mutating func addToBook(
        _ address: PeerAddress,
        from source: PeerAddress,
        now: Instant,
        random: inout Random
    ) -> AddressBook.Addition? {
        // Why it was refused is of no interest: strangers name what they like.
        try? book.add(
            address,
            from: source,
            now: now,
            random: &random,
            into: &unsaved
        )
    }

    /// A seed, whose book is there to be told of, forgets who does not take part in peer sharing.
    ///
    /// Others keep the address, to dial it, and leave it out of what they answer.
    mutating func heedUnwilling(_ peer: PeerID) {
        switch manager.policy {
        case .crawler: if let id = directory[peer]?.id { book.remove(id, into: &unsaved) }
        case .governor, .ensurePeers, .staticTopology: break
        }
    }

    /// Draws addresses that are not yet in the known set.
    mutating func draw(_ count: Int, now: Instant, random: inout Random) {
        guard let known = manager.governor?.known else { return }
        let directory = directory
        let seeds = mereSeedIDs
        let addresses = book.draw(
            count,
            outboundCount: live.rows.count { $0.peer.isOutbound },
            excluding: { id in
                seeds.contains(id) || directory.peer(id: id).map(known.contains) ?? false
            },
            now: now,
            random: &random
        )
        agenda.append(
            .governorInput(
                .drawn(addresses.map { heardOf($0) })
            )
        )
    }

    /// The handle of a node that someone told us of; the book, which judges what it is told, knows
    /// best where it is, unless it is connected or configured.
    mutating func heardOf(_ address: PeerAddress) -> PeerID {
        let peer = directory.peer(id: address.id, address: address.socket)
        if directory[peer]?.isConfigured == false, !live.contains(peer) {
            directory.move(peer, to: book[address.id]?.address.socket ?? address.socket)
        }
        return peer
    }

    mutating func ban(_ id: NodeID, now: Instant, into effects: inout [Effect]) {
        let until = now.advanced(by: AddressBook.banDuration)
        book.markBad(id, now: now, into: &unsaved)
        routing.forget(id)
        agenda.append(.switchInput(.ban(id, until: until)))
        if let peer = directory.peer(id: id) {
            // Forgotten: nobody waits for the end of a job any more.
            jobs.remove(peer)
            agenda.append(.governorInput(.forget(peer, .banned)))
            agenda.append(.circleInput(.forget(peer, .banned)))
        }
        emit(.banned(id, until: until), now: now, into: &effects)
    }

    /// Ends a connection that was made for one question, unless someone uses it by now.
    mutating func leaveUnlessUsed(
        _ peer: PeerID,
        _ reason: CloseReason,
        now: Instant,
        random: inout Random
    ) {
        guard let row = live[peer], row.use == .none, row.usedBy == .none, jobs[peer] == nil else {
            return letGoUnlessWanted(peer, now: now, random: &random)
        }
        agenda.append(.switchInput(.stop(peer, reason, flush: true)))
    }
}
