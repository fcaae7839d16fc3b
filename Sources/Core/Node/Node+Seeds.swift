import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Asking seeds (design §17.6), and being one (C§7.7)

extension Node {
    /// Begins with the seeds in random order, as C§7.5 does, once their names were looked up.
    ///
    /// Of a seed's name one address is tried; every address of a DNS seed is a seed of its own.
    mutating func beginSeedJob(now: Instant, random: inout Random) {
        var seeds = configuration.seeds
        guard roots.isResolved(seeds), roots.isResolved(configuration.dnsSeeds) else {
            seedJob = SeedJob(rest: [], awaitsNames: true)
            return
        }
        for point in configuration.dnsSeeds {
            for address in roots.addresses(of: point) {
                let seed = Topology.AccessPoint(host: .ip(address.ip), port: address.port)
                if !seeds.contains(seed) { seeds.append(seed) }
            }
        }
        random.shuffle(&seeds)
        seedJob = SeedJob(rest: seeds)
        tryNextSeed(now: now, random: &random)
    }

    /// A name was looked up: the job that waits for it may go on.
    mutating func settleSeeds(now: Instant, random: inout Random) {
        if seedJob?.awaitsNames == true { beginSeedJob(now: now, random: &random) }
    }

    private mutating func tryNextSeed(now: Instant, random: inout Random) {
        while var job = seedJob {
            guard let point = job.rest.popLast() else {
                seedJob = nil
                agenda.append(.governorInput(.seedFailed))
                agenda.append(.circleInput(.seedFailed))
                return
            }
            job.current = nil
            seedJob = job
            let addresses = roots.addresses(of: point)
            guard !addresses.isEmpty else { continue }
            let address = addresses[random.below(addresses.count)]
            guard let peer = configuredPeer(point.id, at: address) else { continue }
            seedJob?.current = SeedJob.Current(
                peer: peer,
                giveUpAt: now.advanced(by: SeedJob.patience)
            )
            if let row = live[peer] {
                if row.greeting != .awaited { askSeed(peer, now: now, random: &random) }
            } else if !switchboard.isUp(peer), !switchboard.owesAnswer(peer) {
                agenda.append(
                    .switchInput(
                        .dial(
                            peer,
                            directory[peer]?.address ?? address,
                            expecting: directory[peer]?.id ?? pins[address]?.id
                        )
                    )
                )
            }
            return
        }
    }

    /// The seed said hello, or never will: now the one question.
    mutating func askSeed(_ peer: PeerID, now: Instant, random: inout Random) {
        guard seedJob?.current?.wasAsked == false else { return }
        seedJob?.current?.wasAsked = true
        takeUp(peer, now: now, random: &random)
        if question(peer, now: now) {
            agenda.append(.switchEffect(.note(.asked(directory.reference(peer)))))
        } else {
            seedJob?.current?.giveUpAt = now
        }
    }

    /// This seed came to nothing: the next one is tried.
    mutating func leaveSeed(
        _ peer: PeerID,
        _ reason: CloseReason,
        now: Instant,
        random: inout Random
    ) {
        guard seedJob?.current?.peer == peer else { return }
        seedJob?.current = nil
        leaveUnlessUsed(peer, reason, now: now, random: &random)
        tryNextSeed(now: now, random: &random)
    }

    /// True for a seed of the configuration that is not named as anything else too.
    ///
    /// It is no known peer, whoever tells of it: it would hang up on us, and it counts in no target
    /// (design §17.6). What a DNS seed's name stands for is not held against a node: those may be
    /// peers like any other. For a seed, whose work is to visit, another seed is an address.
    func isMereSeed(_ id: NodeID, at socket: SocketAddress?) -> Bool {
        guard configuration.role != .seed, name(configuration.seeds, id, at: socket),
            !configuration.persistentPeers.contains(where: { $0.id == id })
        else { return false }
        return !name(rootPoints, id, at: socket)
    }

    /// Whether any of these points is the node `id`, as far as is known.
    ///
    /// Not `contains`, whose closure would take a copy of the whole node.
    private func name(
        _ points: [Topology.AccessPoint],
        _ id: NodeID,
        at socket: SocketAddress?
    ) -> Bool {
        for point in points where names(point, id, at: socket) { return true }
        return false
    }

    private func names(
        _ point: Topology.AccessPoint,
        _ id: NodeID,
        at socket: SocketAddress?
    ) -> Bool {
        if let named = point.id { return named == id }
        for address in roots.addresses(of: point) {
            if let pin = pins[address] {
                if pin.id == id { return true }
            } else if address == socket {
                return true
            }
        }
        return false
    }

    /// Seeds that are nothing else, as far as it is known who they are.
    var mereSeedIDs: Set<NodeID> {
        var ids: Set<NodeID> = []
        for point in configuration.seeds {
            if let id = point.id, isMereSeed(id, at: nil) { ids.insert(id) }
            for address in roots.addresses(of: point) {
                if let pin = pins[address], isMereSeed(pin.id, at: nil) { ids.insert(pin.id) }
            }
        }
        return ids
    }

    mutating func perform(
        _ effect: Crawler.Effect,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        switch effect {
        case .drawSelection:
            agenda.append(.crawlerInput(.candidates(book.selection(random: &random))))
        case .dial(let address):
            let peer = heardOf(address)
            agenda.append(.switchInput(.dial(peer, address.socket, expecting: address.id)))
        case .ask(let peer):
            ask(peer, now: now)
        case .hangUp(let peer, let reason):
            agenda.append(.switchInput(.stop(peer, reason, flush: true)))
        }
    }
}
