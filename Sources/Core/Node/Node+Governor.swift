import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - Carrying out what the governor wants

extension Node {
    mutating func perform(
        _ effect: Governor.Effect,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard phase == .running || effect.isRecord else { return }
        switch effect {
        case .promoteCold(let peer, let mode, let dials):
            connect(peer, mode, dials: dials, now: now, random: &random)
        case .promoteWarm(let peer):
            promoteWarm(peer, now: now, random: &random)
        case .demoteHot(let peer):
            lower(peer, to: .warm, job: .demoteHot, now: now, random: &random)
        case .demoteWarm(let peer):
            lower(peer, to: .none, job: .demoteWarm, now: now, random: &random)
        case .requestPublicRoots(let count):
            requestRoots(count, .all, now: now, random: &random, into: &effects)
        case .requestBigLedgerPeers(let count):
            requestRoots(count, .big, now: now, random: &random, into: &effects)
        case .bootstrapTimedOut:
            emit(.bootstrapTimedOut, now: now, into: &effects)
            stop()
        case .drawFromBook(let count):
            draw(count, now: now, random: &random)
        case .askSeed:
            beginSeedJob(now: now, random: &random)
        case .ask(let peer, _):
            ask(peer, now: now)
        case .transition(let peer, let from, let to, let reason, let source):
            record(peer, from, to, reason, source, now: now, into: &effects)
        case .targetsChanged(let targets):
            emit(.targets(targets), now: now, into: &effects)
        case .trustChanged:
            // To be read in the snapshot; it has no note.
            break
        }
    }

    /// Cold to warm: takes over a connection that is there, or dials.
    private mutating func connect(
        _ peer: PeerID,
        _ mode: DiffusionMode,
        dials: Bool,
        now: Instant,
        random: inout Random
    ) {
        jobs[peer] = .promoteCold(mode, dials: dials)
        pursue(peer, now: now, random: &random)
    }

    /// Takes a step towards a peer that is to be warm: as far as its connection allows now.
    mutating func pursue(_ peer: PeerID, now: Instant, random: inout Random) {
        guard case .promoteCold(_, let dials) = jobs[peer] else { return }
        if let row = live[peer] {
            if row.greeting == .awaited { return }
            if connections.state(of: row.peer.connection)?.isUsedOutbound == true {
                return finishPromotion(row, now: now, random: &random)
            }
        } else if switchboard.isUp(peer) || switchboard.owesAnswer(peer) {
            // Coming up in this very instant, or a seed job dials it already.
            return
        } else if switchboard.awaitsRival(peer) {
            // One of two connections is gone, the other is coming up: the switch will answer.
            return dial(peer)
        } else if dials, connections.state(of: peer) == .reservedOutbound {
            // A reconnect dials it: the switch will answer us too.
            return dial(peer)
        }
        tellConnections(.acquire(peer, dials: dials), now: now, random: &random)
    }

    mutating func dial(_ peer: PeerID) {
        guard let entry = directory[peer], let address = entry.address else {
            return failPromotion(peer, .unreachable)
        }
        agenda.append(
            .switchInput(.dial(peer, address, expecting: entry.id ?? pins[address]?.id))
        )
    }

    mutating func failPromotion(_ peer: PeerID, _ reason: CloseReason) {
        guard jobs[peer]?.promotesCold == true else { return }
        jobs.remove(peer)
        agenda.append(.governorInput(.promoteColdFailed(peer, reason)))
    }

    /// The connection stands, the peer said hello and our side has it: it is warm (design §17.3).
    mutating func finishPromotion(_ row: LivePeer, now: Instant, random: inout Random) {
        let peer = row.peer.id
        guard jobs[peer]?.promotesCold == true else { return }
        jobs.remove(peer)
        use(peer, .warm, now: now, random: &random)
        agenda.append(
            .governorInput(
                .promotedCold(
                    peer,
                    sharesPeers: row.sharesPeers,
                    canBeHot: row.greeting != LivePeer.Greeting.none
                )
            )
        )
    }

    private mutating func promoteWarm(_ peer: PeerID, now: Instant, random: inout Random) {
        guard let row = live[peer], row.greeting != LivePeer.Greeting.none, row.use == .warm else {
            // A connection that cannot be used so is of no use; its end is reported first.
            agenda.append(.switchInput(.stop(peer, .notWanted, flush: true)))
            failedPromotions.append(
                FailedPromotion(
                    peer: peer,
                    dueAt: now.advanced(by: FailedPromotion.pause),
                    reason: .notWanted
                )
            )
            return
        }
        use(peer, .hot, now: now, random: &random)
        agenda.append(.governorInput(.promotedWarm(peer)))
    }

    /// Promotions that failed a while ago are over, as far as nothing else ended them (O§3.8.2).
    mutating func reportFailedPromotions(now: Instant) {
        while let failed = failedPromotions.first, failed.dueAt <= now {
            failedPromotions.removeFirst()
            agenda.append(.governorInput(.promoteWarmFailed(failed.peer, failed.reason)))
        }
    }

    /// Lowers our use; done once the peer has confirmed it (design §17.2).
    private mutating func lower(
        _ peer: PeerID,
        to level: Lifecycle.Level,
        job: Job,
        now: Instant,
        random: inout Random
    ) {
        guard let row = live[peer] else {
            finishLowering(peer, job, now: now)
            return
        }
        if job == .demoteWarm, row.peer.isPersistent {
            // The governor is done with it; the connection is not its to end.
            finishLowering(peer, job, now: now)
            return
        }
        jobs[peer] = job
        use(peer, level, now: now, random: &random)
        if row.greeting == LivePeer.Greeting.none {
            // It does not speak 0x70: nobody confirms.
            letGoUnlessWanted(peer, now: now, random: &random)
        }
    }

    private mutating func finishLowering(_ peer: PeerID, _ job: Job, now: Instant) {
        switch job {
        case .promoteCold: break
        case .demoteHot: agenda.append(.governorInput(.demoteHotFailed(peer)))
        case .demoteWarm: agenda.append(.governorInput(.demotedWarm(peer)))
        }
    }

    /// The peer confirmed how much we use it.
    ///
    /// A confirmation of what was announced earlier is none of what was announced last.
    mutating func acknowledged(
        _ peer: PeerID,
        _ level: Lifecycle.Level,
        now: Instant,
        random: inout Random
    ) {
        guard lifecycle.isSettled(switchboard.reactorHandle(peer)) else { return }
        if level == .hot, live[peer]?.use == .hot {
            follow(peer, isHot: true, now: now, random: &random)
        }
        switch jobs[peer] {
        case .demoteHot where level <= .warm:
            jobs.remove(peer)
            agenda.append(.governorInput(.demotedHot(peer)))
        case .demoteWarm where level == .none:
            // A connection that took the place of the one to be let go may still be in handshake.
            letGoUnlessWanted(peer, now: now, random: &random)
            settleCold(peer)
        case .promoteCold, .demoteHot, .demoteWarm, nil:
            break
        }
    }

    mutating func record(
        _ peer: PeerID,
        _ from: Temperature,
        _ to: Temperature,
        _ reason: Reason,
        _ source: PeerSource,
        now: Instant,
        into effects: inout [Effect]
    ) {
        // Not `map`, whose closure would take a copy of the whole node.
        var direction: Direction?
        if let row = live[peer] { direction = self.direction(row) }
        emit(
            .transition(
                Transition(
                    peer: directory.reference(peer),
                    from: from,
                    to: to,
                    reason: reason,
                    source: source,
                    direction: direction
                )
            ),
            now: now,
            into: &effects
        )
        lastTransitions[peer] =
            to == .unknown
            ? nil : Snapshot.LastTransition(from: from, to: to, reason: reason, at: now)
        if to == .unknown { release(peer) }
        if to == .hot { tellScore(of: peer) }
    }

    /// Duplex once both ends use it, else who uses it, or may (O§6.2).
    func direction(_ row: LivePeer) -> Direction {
        switch connections.state(of: row.peer.connection) {
        case .duplex: .duplex
        case .reservedOutbound, .unnegotiated(.outbound), .outboundUni, .outboundDup,
            .outboundIdle:
            .outbound
        case .unnegotiated(.inbound), .inboundIdle, .inbound: .inbound
        case .unknown, .terminating, .terminated, nil: row.peer.isOutbound ? .outbound : .inbound
        }
    }
}

extension Governor.Effect {
    /// True for what is only put on record, which a node that stops still does.
    fileprivate var isRecord: Bool {
        switch self {
        case .transition, .targetsChanged, .trustChanged: true
        case .promoteCold, .promoteWarm, .demoteHot, .demoteWarm, .requestPublicRoots,
            .requestBigLedgerPeers, .drawFromBook, .askSeed, .ask, .bootstrapTimedOut:
            false
        }
    }
}
