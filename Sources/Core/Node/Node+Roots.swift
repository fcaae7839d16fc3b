import WarrenObservation
import WarrenPeering
import WarrenPrimitives

// MARK: - Topology: local roots, public roots and their names

extension Node {
    /// Takes over a topology, at start or on SIGHUP (O§1.1, O§3.7).
    mutating func adopt(_ new: Topology, now: Instant, into effects: inout [Effect]) {
        topology = new
        roots.watch(localRoots: localPoints, others: otherPoints, now: now)
        beginLookups(now: now, into: &effects)
        publishRoots(now: now)
        settlePublicRoots(now: now)
    }

    private var localPoints: [Topology.AccessPoint] {
        topology.localRoots.flatMap(\.accessPoints)
    }

    /// The bootstrap peers in use; nil when they are off, as always in Genesis mode (O§1.2).
    var bootstrapPoints: [Topology.AccessPoint]? {
        switch configuration.consensusMode {
        case .praos: topology.bootstrapPeers
        case .genesis: nil
        }
    }

    /// Takes over where ledger peers come from; no snapshot in a topology that names one means the
    /// one that was there before.
    mutating func useLedger(_ topology: Topology, _ snapshot: LedgerSnapshot?) {
        let current = topology.peerSnapshotFile == nil ? nil : snapshot ?? ledger.snapshot
        if ledger.use(afterSlot: topology.useLedgerAfterSlot, snapshot: current) {
            agenda.append(.governorInput(.snapshotChanged))
        }
    }

    /// Whoever is named as a root of some kind.
    var rootPoints: [Topology.AccessPoint] {
        localPoints + topology.publicRoots.flatMap(\.accessPoints) + (bootstrapPoints ?? [])
    }

    private var otherPoints: [Topology.AccessPoint] {
        topology.publicRoots.flatMap(\.accessPoints) + (bootstrapPoints ?? [])
            + configuration.seeds + configuration.dnsSeeds
    }

    private var accessPoints: [Topology.AccessPoint] { localPoints + otherPoints }

    /// Tells the governor the local-root groups as far as they are resolved.
    ///
    /// Banned members are left out until their bans end.
    mutating func publishRoots(now: Instant) {
        guard phase == .running else { return }
        var configured = Set(persistentPeers)
        let groups = topology.localRoots.map { group in
            let members = handles(of: group.accessPoints, now: now)
            configured.formUnion(members)
            var resolved = Governor.LocalRootGroup(
                members: members,
                hotValency: group.hotValency,
                warmValency: group.warmValency
            )
            resolved.advertise = group.advertise
            resolved.trustable = group.trustable
            resolved.behindFirewall = group.behindFirewall
            resolved.diffusionMode = group.diffusionMode
            return resolved
        }
        let publicRoots = handles(of: topology.publicRoots.flatMap(\.accessPoints), now: now)
        configured.formUnion(publicRoots)
        configured.formUnion(handles(of: bootstrapPoints ?? [], now: now))
        // Local roots that can be had now; names that come later tell this again.
        let hotTarget = groups.reduce(0) {
            $0 + min($1.hotValency, $1.warmValency, $1.members.count)
        }
        agenda.append(.churnInput(.localHotTarget(hotTarget)))
        directory.keepOnly(configured)
        agenda.append(.governorInput(.localRoots(groups)))
        agenda.append(.circleInput(.configured(circleRoots(groups, publicRoots, now: now))))
    }

    /// Answers requests for roots from the configuration, once every name has been looked up.
    ///
    /// In the sensitive state that is bootstrap peers, else public roots; always all of them.
    /// Source: O§3.6.2.
    mutating func settlePublicRoots(now: Instant) {
        guard !awaitedRoots.isEmpty else { return }
        let isSensitive = manager.governor?.requiresBootstrapPeers == true
        let points =
            isSensitive
            ? bootstrapPoints ?? [] : topology.publicRoots.flatMap(\.accessPoints)
        guard roots.isResolved(points) else { return }
        let found =
            isSensitive
            ? handles(of: points, now: now).map {
                Governor.Root(peer: $0, advertise: false, kind: .bootstrap)
            }
            : topology.publicRoots.flatMap { group in
                handles(of: group.accessPoints, now: now).map {
                    Governor.Root(peer: $0, advertise: group.advertise)
                }
            }
        let kinds = awaitedRoots
        awaitedRoots = []
        for kind in kinds { answer(kind, found, retryAfter: rootDelay(points, now: now)) }
    }

    /// How long an answer of these holds: until the last of their names is looked up again, within
    /// the bounds of every time to live.
    ///
    /// Source: O§3.6.2.
    private func rootDelay(_ points: [Topology.AccessPoint], now: Instant) -> Duration {
        guard let last = roots.lastDue(of: points) else { return RootDirectory.ttlLeast }
        return min(max(now.duration(to: last), RootDirectory.ttlLeast), RootDirectory.ttlMost)
    }

    /// The peers that access points stand for, without ourselves and the banned, each once.
    private mutating func handles(of points: [Topology.AccessPoint], now: Instant) -> [PeerID] {
        var peers: [PeerID] = []
        for point in points {
            for address in roots.addresses(of: point) {
                guard let peer = configuredPeer(point.id, at: address), !peers.contains(peer),
                    directory[peer]?.id.map({ book.isBanned($0, now: now) }) != true
                else { continue }
                peers.append(peer)
            }
        }
        return peers
    }

    /// The handle of a configured peer; its configured addresses count over any other.
    mutating func configuredPeer(_ id: NodeID?, at address: SocketAddress) -> PeerID? {
        if id == nil, pins[address] == nil, directory.unnamedPeer(knownAt: address) == nil {
            pins[address] = occupant(of: address)
        }
        let expected = id ?? pins[address]?.id
        guard expected != ownID, address != listening, !ownAddresses.contains(address),
            !address.ip.isUnspecified
        else { return nil }
        guard let expected else {
            let peer = directory.unnamedPeer(at: address)
            directory.keep(peer)
            return peer
        }
        let peer = directory.peer(id: expected, address: address)
        if let current = directory[peer]?.address, current != address,
            !configuredAddresses(of: expected).contains(current)
        {
            directory.move(peer, to: address)
        }
        directory.keep(peer)
        return peer
    }

    /// Every address that the configuration has for a node, as far as names are resolved.
    func configuredAddresses(of id: NodeID) -> [SocketAddress] {
        var addresses = configuration.persistentPeers.filter { $0.id == id }.map(\.socket)
        for point in accessPoints {
            for address in roots.addresses(of: point)
            where (point.id ?? pins[address]?.id) == id && !addresses.contains(address) {
                addresses.append(address)
            }
        }
        return addresses
    }

    /// True when some access point stands for this address without naming a node.
    func isUnnamed(_ address: SocketAddress) -> Bool {
        accessPoints.contains { $0.id == nil && roots.addresses(of: $0).contains(address) }
    }
}
