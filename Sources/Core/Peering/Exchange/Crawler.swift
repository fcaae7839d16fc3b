package import WarrenObservation
package import WarrenPrimitives

/// A seed's work: visit the addresses in the book, ask who they know, hang up.
///
/// ```
///   drawn ─▶ waiting ─▶ dialing ─▶ asking ─▶ visited
///                          └─ failed, or too slow ─┘
/// ```
///
/// What differs from CometBFT, on purpose (C§12 "seeds keep peers 28 h"): visits run side by side, a
/// bounded number at a time, so that dead addresses do not hold up the round; an outbound
/// connection ends as soon as the peer answered or a deadline passed; an inbound peer that asks
/// for nothing is hung up on after a minute. Peers that are to be kept (persistent, unconditional)
/// are left alone. Source: C§7.7.
package struct Crawler: Sendable {
    private let settings: Settings
    private var nextRoundAt: Instant
    /// Every node visited of late, or being visited.
    private var visits = Roster<NodeID, Visit>()
    /// Whom to visit in this round, next first.
    private var waiting: [PeerAddress] = []
    private var waitingIndex = 0
    private var peers = Roster<PeerID, Guest>()
    private var inFlight: [NodeID] = []
    /// No guest overstays before this; nil when none can.
    private var firstIdleAt: Instant?

    package struct Settings: Hashable, Sendable {
        /// How much faster than upstream rounds and repeat visits come.
        package var pace = 1
        /// Visits under way at one time.
        package var inFlightLimit = 16
        /// How long a dial, with handshake, may take before the visit is given up.
        package var dialTimeout: Duration = .seconds(10)
        /// How long a peer may take to answer; the exchange reactor's own time-out comes first.
        package var answerTimeout: Duration = .seconds(35)
        /// How long an inbound peer may stay without being answered.
        package var idleTimeout: Duration = .seconds(60)

        package init() {}
    }

    /// Time between rounds, and between two visits of one node, at pace 1 (C§7.2).
    package static let period: Duration = .seconds(30)
    package static let visitInterval: Duration = .seconds(120)
    /// How long a visit is remembered (C§7.7).
    package static let memory: Duration = .seconds(86_400)
    /// How many visits are remembered; past it the oldest that is over goes.
    package static let visitLimit = 10_000
    /// How many addresses of a round wait at most: a selection's worth (C§6.1).
    package static let waitingLimit = AddressBook.selectionLimit

    private struct Visit: Sendable {
        var startedAt: Instant
        var stage: Stage
    }

    private enum Stage: Hashable {
        case dialing(until: Instant)
        case asking(PeerID, until: Instant)
        case over

        var deadline: Instant? {
            switch self {
            case .dialing(let until), .asking(_, let until): until
            case .over: nil
            }
        }
    }

    /// A peer that is connected.
    private struct Guest: Sendable {
        let id: NodeID
        /// Persistent or unconditional.
        let isKept: Bool
        /// When it has overstayed; nil for those that may stay, and once it was shown the door.
        var leavesAt: Instant?
    }

    package enum Input: Hashable, Sendable {
        case deadline
        /// What the book selected for `.drawSelection`: addresses that may be dialed now.
        case candidates([PeerAddress])
        /// A peer is up; `isKept` for persistent and unconditional ones.
        case connected(PeerID, NodeID, isOutbound: Bool, isKept: Bool)
        case dialFailed(NodeID)
        case disconnected(PeerID)
        /// What came of `.ask`; also `.noAnswer` when the peer could not be asked.
        case answered(PeerID)
        case noAnswer(PeerID)
    }

    package enum Effect: Hashable, Sendable {
        case drawSelection
        case dial(PeerAddress)
        case ask(PeerID)
        case hangUp(PeerID, CloseReason)
    }

    package init(settings: Settings = Settings(), now: Instant) {
        precondition(settings.pace > 0, "a pace of \(settings.pace) goes nowhere")
        precondition(settings.inFlightLimit > 0, "a crawler must be able to make a visit")
        self.settings = settings
        nextRoundAt = now
    }

    package var nextDeadline: Instant? {
        var next = soonest(nextRoundAt, firstIdleAt)
        for id in inFlight { next = soonest(next, visits[id]?.stage.deadline) }
        return next
    }

    /// Visits under way.
    package var inFlightCount: Int { inFlight.count }
    /// Visits remembered.
    package var visitCount: Int { visits.count }

    package mutating func handle(_ input: Input, now: Instant, into effects: inout [Effect]) {
        switch input {
        case .deadline:
            expire(now: now, into: &effects)
            if nextRoundAt <= now {
                nextRoundAt = now.advanced(by: Self.period / settings.pace)
                forgetOldVisits(now: now)
                effects.append(.drawSelection)
            }
        case .candidates(let addresses):
            waiting = Array(addresses.prefix(Self.waitingLimit))
            waitingIndex = 0
        case .connected(let peer, let id, let isOutbound, let isKept):
            welcome(peer, id, isOutbound: isOutbound, isKept: isKept, now: now, into: &effects)
        case .dialFailed(let id):
            if case .dialing = visits[id]?.stage { end(id) }
        case .disconnected(let peer):
            if let id = peers.remove(peer)?.id, isAsking(id, peer) { end(id) }
        case .answered(let peer), .noAnswer(let peer): leave(peer, into: &effects)
        }
        visitMore(now: now, into: &effects)
    }
}

// MARK: - Visits

extension Crawler {
    /// Starts visits while there are both room and addresses.
    private mutating func visitMore(now: Instant, into effects: inout [Effect]) {
        while inFlight.count < settings.inFlightLimit, waitingIndex < waiting.count {
            let address = waiting[waitingIndex]
            waitingIndex += 1
            guard mayVisit(address.id, now: now), makeRoom() else { continue }
            let until = now.advanced(by: settings.dialTimeout)
            visits[address.id] = Visit(startedAt: now, stage: .dialing(until: until))
            inFlight.append(address.id)
            effects.append(.dial(address))
        }
    }

    private func mayVisit(_ id: NodeID, now: Instant) -> Bool {
        if peers.rows.contains(where: { $0.id == id }) { return false }
        guard let visit = visits[id] else { return true }
        guard case .over = visit.stage else { return false }
        return visit.startedAt.duration(to: now) >= Self.visitInterval / settings.pace
    }

    /// Makes sure that one more visit can be remembered.
    private mutating func makeRoom() -> Bool {
        guard visits.count >= Self.visitLimit else { return true }
        var oldest: (id: NodeID, startedAt: Instant)?
        for (id, visit) in zip(visits.ids, visits.rows) where visit.stage == .over {
            if oldest.map({ visit.startedAt < $0.startedAt }) ?? true {
                oldest = (id, visit.startedAt)
            }
        }
        guard let oldest else { return false }
        visits.remove(oldest.id)
        return true
    }

    private mutating func welcome(
        _ peer: PeerID,
        _ id: NodeID,
        isOutbound: Bool,
        isKept: Bool,
        now: Instant,
        into effects: inout [Effect]
    ) {
        var guest = Guest(id: id, isKept: isKept)
        if !isKept, !isOutbound { guest.leavesAt = now.advanced(by: settings.idleTimeout) }
        if isOutbound, let visit = visits[id] {
            if case .dialing = visit.stage {
                let until = now.advanced(by: settings.answerTimeout)
                visits[id]?.stage = .asking(peer, until: until)
                effects.append(.ask(peer))
            } else if !isKept {
                // It came up after its visit was given up.
                effects.append(.hangUp(peer, .notWanted))
            }
        }
        firstIdleAt = soonest(firstIdleAt, guest.leavesAt)
        peers[peer] = guest
    }

    /// The visit to this peer, if there is one, has what it came for.
    private mutating func leave(_ peer: PeerID, into effects: inout [Effect]) {
        guard let guest = peers[peer], isAsking(guest.id, peer) else { return }
        end(guest.id)
        if !guest.isKept { effects.append(.hangUp(peer, .notWanted)) }
    }

    private func isAsking(_ id: NodeID, _ peer: PeerID) -> Bool {
        if case .asking(peer, _) = visits[id]?.stage { true } else { false }
    }

    private mutating func end(_ id: NodeID) {
        visits[id]?.stage = .over
        inFlight.removeAll { $0 == id }
    }

    private mutating func forgetOldVisits(now: Instant) {
        for id in visits.ids {
            guard let visit = visits[id], visit.stage == .over,
                visit.startedAt.duration(to: now) > Self.memory
            else { continue }
            visits.remove(id)
        }
    }
}

// MARK: - Deadlines

extension Crawler {
    private mutating func expire(now: Instant, into effects: inout [Effect]) {
        for id in inFlight {
            guard let stage = visits[id]?.stage else { continue }
            switch stage {
            case .dialing(let until): if until <= now { end(id) }
            case .asking(let peer, let until): if until <= now { leave(peer, into: &effects) }
            case .over: break
            }
        }
        guard let firstIdleAt, firstIdleAt <= now else { return }
        self.firstIdleAt = nil
        for peer in peers.ids {
            guard let leavesAt = peers[peer]?.leavesAt else { continue }
            if leavesAt <= now {
                peers[peer]?.leavesAt = nil
                effects.append(.hangUp(peer, .seedIdle))
            } else {
                self.firstIdleAt = soonest(self.firstIdleAt, leavesAt)
            }
        }
    }
}
