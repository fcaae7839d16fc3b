import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Carrying out what ensure-peers and the static topology want

extension Node {
    mutating func perform(
        _ effect: Circle.Effect,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard phase == .running || effect.isRecord else { return }
        switch effect {
        case .dial(let peer, let mode): dial(peer, mode)
        case .use(let peer, let temperature):
            guard live.contains(peer) else { return }
            takeUp(peer, now: now, random: &random)
            use(peer, temperature == .hot ? .hot : .warm, now: now, random: &random)
        case .hangUp(let peer, let reason):
            agenda.append(.switchInput(.stop(peer, reason, flush: true)))
        case .drawFromBook(let count, let outboundCount):
            drawForCircle(count, outboundCount: outboundCount, now: now, random: &random)
        case .ask(let peer): ask(peer, now: now)
        case .askSeed: beginSeedJob(now: now, random: &random)
        case .transition(let peer, let from, let to, let reason, let source):
            record(peer, from, to, reason, source, now: now, into: &effects)
        case .targetsChanged(let targets): emit(.targets(targets), now: now, into: &effects)
        }
    }

    /// Dials, unless a connection stands or is on its way already.
    private mutating func dial(_ peer: PeerID, _ mode: DiffusionMode) {
        jobs[peer] = .promoteCold(mode, dials: true)
        if let row = live[peer] {
            enterCircle(row.peer)
            if row.greeting != .awaited { enlist(row) }
            return
        }
        // Coming up in this very instant, or a seed job dials it already.
        guard !switchboard.isUp(peer), !switchboard.owesAnswer(peer) else { return }
        guard let entry = directory[peer], let address = entry.address else {
            jobs.remove(peer)
            agenda.append(.circleInput(.dialFailed(peer, .unreachable, isGivenUp: true)))
            return
        }
        agenda.append(
            .switchInput(.dial(peer, address, expecting: entry.id ?? pins[address]?.id))
        )
    }

    private mutating func drawForCircle(
        _ count: Int,
        outboundCount: Int,
        now: Instant,
        random: inout Random
    ) {
        guard let circle = manager.circle else { return }
        let (directory, live, switchboard) = (directory, live, switchboard)
        let seeds = mereSeedIDs
        let addresses = book.draw(
            count,
            outboundCount: outboundCount,
            excluding: { id in
                if seeds.contains(id) { return true }
                guard let peer = directory.peer(id: id) else { return false }
                return live.contains(peer) || switchboard.isDialing(peer) || !circle.mayDial(peer)
            },
            now: now,
            random: &random
        )
        let peers = addresses.map { heardOf($0) }
        agenda.append(.circleInput(.drawn(peers, bookNeedsMore: book.needsMore)))
    }

    // MARK: Telling them

    /// What a circle's policy is told when time has passed.
    var circleDeadline: Circle.Input {
        let counts = switchboard.counts
        return .deadline(outbound: counts.outbound, dialing: counts.dialing)
    }

    /// Wakes the policy, and shows ensure-peers a selection of what the book remembers.
    mutating func startCircle(now: Instant, random: inout Random) {
        let isBusy = !configuration.persistentPeers.isEmpty || !topology.localRoots.isEmpty
        agenda.append(.circleInput(.start(isBusy: isBusy)))
        switch manager.policy {
        case .ensurePeers:
            let remembered = book.selection(random: &random)
            hearOf(remembered.filter(isWelcome), newCount: 0, from: .addressBook)
        case .governor, .crawler, .staticTopology: break
        }
    }

    func circleRoots(
        _ groups: [Governor.LocalRootGroup],
        _ publicRoots: [PeerID],
        now: Instant
    ) -> Circle.Configured {
        let persistent = persistentPeers.filter { peer in
            directory[peer]?.id.map { !book.isBanned($0, now: now) } ?? true
        }
        return Circle.Configured(groups: groups, persistent: persistent, roots: publicRoots)
    }

    /// A connection stands, unless it was made for one question to a seed (design §17.6).
    mutating func enterCircle(_ peer: Peer) {
        guard manager.circle != nil, !isOnlySeed(peer.id), !isForeign(peer.id) else { return }
        jobs.remove(peer.id)
        agenda.append(.circleInput(.connected(peer.id, isOutbound: peer.isOutbound)))
    }

    /// It said hello, or never will; the other end must agree to be used.
    mutating func enlist(_ row: LivePeer) {
        let peer = row.peer.id
        guard manager.circle != nil, !isOnlySeed(peer), !isForeign(peer) else { return }
        let isPlain = row.greeting == LivePeer.Greeting.none
        guard isPlain || row.isForUs else { return }
        agenda.append(
            .circleInput(
                .ready(
                    peer,
                    canBeHot: !isPlain,
                    sharesPeers: row.sharesPeers && configuration.enablesP2P,
                    bookNeedsMore: book.needsMore
                )
            )
        )
    }

    private func isOnlySeed(_ peer: PeerID) -> Bool {
        seedJob?.current?.peer == peer && jobs[peer] == nil
            && manager.circle?.known[peer]?.phase.isConnected != true
    }

    /// A seed that visits us is none of the circle's (design §17.6).
    private func isForeign(_ peer: PeerID) -> Bool {
        guard let entry = directory[peer], let id = entry.id else { return false }
        return manager.circle?.knows(peer) != true && isMereSeed(id, at: entry.address)
    }

    /// A dial came to nothing.
    mutating func leaveCircle(_ peer: PeerID, _ reason: CloseReason, now: Instant) {
        let isGivenUp = directory[peer]?.id.map { book.isBanned($0, now: now) } ?? false
        agenda.append(.circleInput(.dialFailed(peer, reason, isGivenUp: isGivenUp)))
    }

    /// Peers that someone told of, and that the book took.
    mutating func hearOf(_ addresses: [PeerAddress], newCount: Int, from source: PeerSource) {
        guard manager.circle != nil else { return }
        let peers = addresses.map { heardOf($0) }
        agenda.append(.circleInput(.heard(peers, newCount: newCount, source: source)))
    }
}

// MARK: - What can be seen of them, and what always holds

extension Node {
    func circleRows(now: Instant) -> [Snapshot.Peer] {
        guard let circle = manager.circle else { return [] }
        let outboundCount = switchboard.counts.outbound
        return zip(circle.known.ids, circle.known.rows).map { peer, known in
            var row = Snapshot.Peer(
                peer: peer,
                source: known.source,
                temperature: known.temperature
            )
            row.rootGroup = known.group
            row.failCount = known.failCount
            var outlook = outlook(of: peer, known, now: now)
            outlook.outboundCount = outboundCount
            row.nextAttemptAt = known.nextAttemptAt ?? outlook.nextAttemptAt
            row.holds = circle.holds(of: peer, outlook)
            switch known.phase {
            case .dialing: row.inProgress = .promotingCold
            case .joining:
                row.inProgress = live[peer]?.greeting == .awaited ? .promotingCold : nil
            case .idle, .waiting, .warm, .hot: break
            }
            row.lastTransition = lastTransitions[peer]
            return row
        }
    }

    /// What others make of a circle's peer: the switch dials persistent ones, and the book knows when
    /// a stranger may be tried again.
    private func outlook(
        of peer: PeerID,
        _ known: Circle.Acquaintance,
        now: Instant
    ) -> Circle.Outlook {
        var outlook = Circle.Outlook()
        switch manager.policy {
        case .ensurePeers: outlook.outboundLimit = configuration.outboundLimit
        case .governor, .crawler, .staticTopology: break
        }
        guard known.phase == .idle, let id = directory[peer]?.id else { return outlook }
        let record = book[id]
        outlook.dialFailureCount = record?.dialFailureCount ?? 0
        let dialsAt =
            switch known.standing {
            case .kept: switchboard.nextDial(of: id)
            case .root, .other: record?.dialableAt
            }
        outlook.nextAttemptAt = dialsAt.flatMap { $0 > now ? $0 : nil }
        return outlook
    }

    /// What the policy takes for connected, dialed and used is just that.
    func circleViolation() -> String? {
        guard let circle = manager.circle else { return nil }
        if let complaint = circle.complaint { return complaint }
        for (peer, row) in zip(circle.known.ids, circle.known.rows) {
            if directory[peer] == nil { return "\(peer) is known, but in no directory" }
            if row.phase.isConnected != live.contains(peer), !isOnlySeed(peer), !isStray(peer) {
                return "\(peer) is \(row.phase), its connection \(live.contains(peer))"
            }
            if row.phase.isDialing != (jobs[peer] != nil) {
                return "\(peer) is \(row.phase), its job \(String(describing: jobs[peer]))"
            }
            if row.phase.isDialing, !switchboard.owesAnswer(peer) {
                return "\(peer) is to be connected, but not dialed"
            }
            if row.phase == .hot, live[peer]?.use != .hot { return "\(peer) is hot, not used" }
        }
        for peer in jobs.ids where !circle.knows(peer) { return "a job for unknown \(peer)" }
        return nil
    }

    /// A connection that was made for a seed and that outlived its question.
    private func isStray(_ peer: PeerID) -> Bool {
        live[peer].map { $0.use == .none && $0.peer.isOutbound } ?? false
    }
}

extension Circle.Effect {
    /// True for what is only put on record, which a node that stops still does.
    fileprivate var isRecord: Bool {
        switch self {
        case .transition, .targetsChanged: true
        case .dial, .use, .hangUp, .drawFromBook, .ask, .askSeed: false
        }
    }
}

extension LivePeer {
    /// Whether we may use the connection: we opened it, or who did serves on it too (O§6.8).
    fileprivate var isForUs: Bool {
        guard !peer.isOutbound else { return true }
        return switch greeting {
        case .awaited, .none: false
        case .heard(let hello): hello.diffusionMode == .initiatorAndResponder
        }
    }
}
