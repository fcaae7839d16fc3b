import WarrenObservation
import WarrenPrimitives
import WarrenSupport

/// A node id that says which it is.
func nodeID(_ number: UInt8) -> NodeID {
    guard let id = NodeID([UInt8](repeating: number, count: NodeID.byteCount)) else {
        preconditionFailure("\(NodeID.byteCount) bytes are a node id")
    }
    return id
}

extension Instant {
    /// `milliseconds` after an arbitrary start of time.
    static func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 1_900_000_000_000_000_000 + milliseconds * 1_000_000)
    }
}

extension Reason {
    /// Every case, with and without the details it may carry.
    static var samples: [Reason] {
        [
            .learnt, .forgotten, .failedTooOften, .belowValency(group: 0), .aboveValency(group: 3),
            .configured, .noLongerConfigured, .protocolEnded, .merged, .banned, .stopping,
        ] + Target.allCases.flatMap { [.belowTarget($0, 8), .aboveTarget($0, 0)] }
            + CloseReason.allCases.map(Reason.closed)
    }
}

extension Note {
    /// Every case, with every reason, with and without what may be absent.
    static var samples: [Note] {
        let named = PeerReference(peer: .init(rawValue: 3), id: nodeID(7), address: "10.0.0.1:3001")
        let bare = PeerReference(peer: .init(rawValue: .max))
        let moves = Reason.samples.enumerated().map { index, reason in
            Note.transition(
                Transition(
                    peer: index.isMultiple(of: 2) ? named : bare,
                    from: .cold,
                    to: .warm,
                    reason: reason,
                    source: PeerSource.allCases[index % PeerSource.allCases.count],
                    direction: index.isMultiple(of: 3)
                        ? nil : Direction.allCases[index % Direction.allCases.count]
                )
            )
        }
        let steps = ChurnAction.allCases.enumerated().map { index, action in
            Note.churned(
                ChurnStep(
                    action: action,
                    outcome: index.isMultiple(of: 2) ? .done : .timedOut,
                    duration: .milliseconds(index * 750),
                    change: 3 - index
                )
            )
        }
        return moves + steps + ChainNote.samples.map(Note.chain) + [
            .merged(named, other: bare.peer), .connected(named, .dialed(0), .outbound),
            .connected(bare, .accepted(.max >> 1), .duplex),
            .disconnected(named, .accepted(9), .pongTimeout),
            .refused(.dialed(4), address: "[::1]:3001", .connectRefused),
            .dialing(named, .dialed(12)), .usedBy(bare, .hot),
            .connection(nil, .accepted(3), from: .unknown, to: .unnegotiated(.inbound)),
            .connection(named, .dialed(3), from: .outboundDup(.ticking), to: .duplex),
            .inbound(named, .dialed(3), from: nil, to: .idle),
            .inbound(bare, .accepted(3), from: .hot, to: nil),
            .banned(nodeID(1), until: .at(5)), .reinstated(nodeID(1)), .asked(named),
            .answered(named, addressCount: 10), .learnt(from: bare, addressCount: 3, newCount: 0),
            .targets(Targets(root: 1, known: 20, established: 8, active: 4)), .storeFailed,
            .bootstrapTimedOut,
        ]
    }
}

extension ChainNote {
    static var samples: [ChainNote] {
        let named = PeerReference(peer: .init(rawValue: 3), id: nodeID(7), address: "10.0.0.1:3001")
        let first = Hash(of: [1])
        let block = BlockMark(height: 12, slot: .max, hash: Hash(of: [2]))
        return [
            .made(block, bytes: 9, transactions: [first, block.hash]),
            .made(block, bytes: 0, transactions: []), .announced(block, by: named),
            .fetched(block, from: named, bytes: 90_112), .adopted(block),
            .rolledBack(to: BlockMark(height: 0, slot: 0, hash: .zero), depth: 3),
            .sighted(transaction: first, from: named), .sighted(transaction: first, from: nil),
            .equivocation(producer: nodeID(4), slot: 5, first: first, second: block.hash),
        ]
    }
}

extension EventLine {
    static var samples: [EventLine] {
        Note.samples.enumerated().map { index, note in
            .event(
                Event(incarnation: .max, sequence: UInt64(index + 1), at: .at(3), note: note)
            )
        } + [
            .gap(.init(incarnation: 12, from: 3, to: 9)),
            .gap(.init(incarnation: 0, from: 3, to: nil)),
        ]
    }
}

extension Snapshot {
    /// One with every optional field in it.
    static var full: Snapshot {
        var snapshot = blank
        snapshot.node.listenAddress = "127.0.0.1:3001"
        snapshot.node.adminAddress = "127.0.0.1:3101"
        snapshot.sequence = 12
        snapshot.takenAt = .at(4000)
        snapshot.targets = Targets(root: 1, known: 20, established: 8, active: 4)
        snapshot.counts.known = 2
        snapshot.counts.sources = [SourceCount(source: .ledger, cold: 1, warm: 0, hot: 1)]
        snapshot.book.new = 17
        snapshot.connections = [StateCount(state: .inboundIdle(.duplex), count: 2)]
        snapshot.connectionCounters = ConnectionCounters()
        snapshot.inboundGovernor = Use()
        snapshot.chain = Tip(slot: 9, height: 4, hash: "a91f0c", bestHeight: 7)
        snapshot.mempool = Mempool()
        snapshot.equivocationCount = 1
        var peer = Peer(peer: .init(rawValue: 0), source: .localRoot, temperature: .hot)
        peer.id = nodeID(2)
        peer.address = "relay-2:3001"
        peer.moniker = "relay-2"
        peer.rootGroup = 0
        peer.region = "eu"
        peer.group = "relay"
        peer.inProgress = .demotingHot
        peer.direction = .duplex
        peer.usedBy = .warm
        peer.connectionState = .duplex
        peer.inboundState = .warm
        peer.failCount = 2
        peer.isTepid = true
        peer.nextAttemptAt = .at(5000)
        peer.bannedUntil = .at(6000)
        peer.roundTripNanoseconds = 90_000_000
        peer.scores = Scores()
        var traffic = Traffic(channel: .lifecycle)
        traffic.sentBytes = 1 << 40
        peer.channels = [traffic]
        peer.connectedAt = .at(1000)
        peer.heardAt = .at(3999)
        peer.lastTransition = LastTransition(
            from: .warm,
            to: .hot,
            reason: .belowTarget(.active, 4),
            at: .at(2310)
        )
        peer.holds = Hold.samples
        snapshot.peers = [
            peer, Peer(peer: .init(rawValue: 5), source: .inbound, temperature: .cold),
        ]
        return snapshot
    }

    /// The least a node serves.
    static var blank: Snapshot {
        var snapshot = Snapshot()
        snapshot.node.id = nodeID(1)
        snapshot.node.incarnation = Incarnation(.max)
        return snapshot
    }
}

extension Snapshot.Hold {
    /// Every case, with every quota and every reason.
    static var samples: [Snapshot.Hold] {
        let quotas =
            Reason.Target.allCases.map(Snapshot.Quota.target)
            + [.roots, .warmValency(group: 0), .hotValency(group: 12)]
        return Reason.samples.map { .underway(to: .warm, $0) } + [
            .cooling, .waits(until: .at(7)), .waits(until: Instant(nanoseconds: -1)), .cannotBeHot,
            .kept,
            .gate(.draining), .gate(.onlyTrusted), .failures(2, limit: 5),
        ] + quotas.map { .quota($0, count: 3, wanted: 4) }
    }
}
