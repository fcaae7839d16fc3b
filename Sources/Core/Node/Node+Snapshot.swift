package import WarrenObservation
import WarrenPeering
package import WarrenPrimitives
import WarrenSwitch

// MARK: - What can be seen of a node

extension Node {
    /// The whole peer state at one instant (design §7).
    ///
    /// What only a driver knows (traffic, the admin address, the software's version) it fills in.
    package func snapshot(now: Instant) -> Snapshot {
        var snapshot = Snapshot()
        snapshot.node = identity(now: now)
        snapshot.sequence = sequence
        snapshot.takenAt = now
        snapshot.targets = manager.targets
        snapshot.peers = rows(now: now)
        snapshot.book.new = book.newCount
        snapshot.book.old = book.oldCount
        snapshot.book.banned = book.banned.count { now < $0.endsAt }
        snapshot.book.total = book.count
        snapshot.counts = counts(of: snapshot.peers)
        snapshot.counts.banned = snapshot.book.banned
        snapshot.connections = connections.stateCounts
        snapshot.connectionCounters = connections.counters
        snapshot.inboundGovernor = inboundGovernor.counters
        snapshot.chain = tip
        snapshot.mempool = mempool
        snapshot.equivocationCount = equivocationCount
        return snapshot
    }

    /// The connection of a peer, for who keeps count of what it carries.
    package func connection(of peer: PeerID) -> ConnectionID? { live[peer]?.peer.connection }

    private func identity(now: Instant) -> Snapshot.Node {
        var node = Snapshot.Node()
        node.id = ownID
        node.moniker = configuration.moniker
        node.role = configuration.role
        node.network = configuration.network
        node.listenAddress = listening.map { "\($0)" }
        node.incarnation = Incarnation(incarnation)
        node.startedAt = startedAt ?? now
        node.uptimeNanoseconds = node.startedAt.duration(to: now).wholeNanoseconds
        return node
    }

    /// Known peers, and those that are connected without being known, by handle.
    private func rows(now: Instant) -> [Snapshot.Peer] {
        var rows: [Snapshot.Peer] = []
        if let governor = manager.governor {
            for (peer, known) in zip(governor.known.ids, governor.known.rows) {
                var row = row(peer, known)
                row.holds = governor.account(of: peer)?.holds
                rows.append(row)
            }
        }
        rows += circleRows(now: now)
        for peer in live.ids where !manager.knows(peer) {
            rows.append(
                Snapshot.Peer(
                    peer: peer,
                    source: isSeed(peer) ? .seed : .inbound,
                    temperature: .unknown
                )
            )
        }
        let bans = Dictionary(
            book.banned.filter { now < $0.endsAt }.map { ($0.id, $0.endsAt) },
            uniquingKeysWith: max
        )
        let states = connections.peerStates
        return rows.map { complete($0, states[$0.peer], bans: bans) }.sorted { $0.peer < $1.peer }
    }

    /// Of one that is connected and not known: it was dialed to be asked, or is configured as a seed.
    private func isSeed(_ peer: PeerID) -> Bool {
        guard let live = live[peer]?.peer else { return false }
        return live.isOutbound || isMereSeed(live.nodeID, at: live.listenAddress)
    }

    private func row(_ peer: PeerID, _ known: Governor.KnownPeer) -> Snapshot.Peer {
        var row = Snapshot.Peer(
            peer: peer,
            source: known.source,
            temperature: known.temperature
        )
        row.rootGroup = known.group
        row.failCount = known.failCount
        row.isTepid = known.isTepid
        row.nextAttemptAt = known.nextAttemptAt
        row.inProgress = inProgress(known)
        row.lastTransition = lastTransitions[peer]
        return row
    }

    private func inProgress(_ known: Governor.KnownPeer) -> Snapshot.InProgress? {
        switch (known.temperature, known.phase.destination) {
        case (.cold, .some): .promotingCold
        case (.warm, .hot): .promotingWarm
        case (.warm, .some): .demotingWarm
        case (.hot, .some): .demotingHot
        case (_, nil), (.unknown, _): nil
        }
    }

    /// Adds what directory, connections and book know of a peer.
    private func complete(
        _ row: Snapshot.Peer,
        _ state: ConnectionState?,
        bans: [NodeID: Instant]
    ) -> Snapshot.Peer {
        var row = row
        row.connectionState = state
        if let entry = directory[row.peer] {
            row.id = entry.id
            row.address = entry.address.map { "\($0)" }
            row.moniker = entry.moniker
            row.bannedUntil = entry.id.flatMap { bans[$0] }
        }
        if let counts = row.id.flatMap({ metrics.counts(of: $0) }) {
            var scores = Snapshot.Scores()
            scores.headersFirst = counts.headers
            scores.blocksFetched = counts.bodies
            scores.bytesFetched = counts.bytes
            row.scores = scores
        }
        guard let live = live[row.peer] else { return row }
        row.id = live.peer.nodeID
        row.address = row.address ?? "\(live.peer.remote)"
        row.moniker = live.peer.moniker
        row.direction = direction(live)
        row.inboundState = inboundGovernor.state(of: live.peer.connection)
        row.usedBy = live.usedBy.temperature
        row.roundTripNanoseconds = live.roundTrip?.wholeNanoseconds
        row.connectedAt = live.connectedAt
        row.heardAt = live.heardAt
        return row
    }

    private func counts(of rows: [Snapshot.Peer]) -> Snapshot.Counts {
        var counts = Snapshot.Counts()
        var sources: [PeerSource: Snapshot.SourceCount] = [:]
        for row in rows {
            switch row.temperature {
            case .unknown: break
            case .cold: counts.cold += 1
            case .warm: counts.warm += 1
            case .hot: counts.hot += 1
            }
            switch row.inProgress {
            case .promotingCold: counts.promotingCold += 1
            case .promotingWarm: counts.promotingWarm += 1
            case .demotingWarm: counts.demotingWarm += 1
            case .demotingHot: counts.demotingHot += 1
            case nil: break
            }
            var count =
                sources[row.source]
                ?? Snapshot.SourceCount(source: row.source, cold: 0, warm: 0, hot: 0)
            switch row.temperature {
            case .unknown: continue
            case .cold: count.cold += 1
            case .warm: count.warm += 1
            case .hot: count.hot += 1
            }
            sources[row.source] = count
        }
        counts.known = counts.cold + counts.warm + counts.hot
        counts.established = counts.warm + counts.hot
        counts.active = counts.hot
        for row in live.rows {
            switch direction(row) {
            case .outbound: counts.outbound += 1
            case .inbound: counts.inbound += 1
            case .duplex: counts.duplex += 1
            }
        }
        counts.dialing = switchboard.counts.dialing
        counts.sources = PeerSource.allCases.compactMap { sources[$0] }
        return counts
    }
}
