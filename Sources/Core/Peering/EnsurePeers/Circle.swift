package import WarrenObservation
package import WarrenPrimitives
import WarrenSwitch

/// Whom a node knows under a policy that uses every connection to the full.
///
/// CometBFT knows no temperatures: each connected peer is used by every reactor, whoever dialed
/// (C§5.5), and policy lets nobody go. So a peer is cold while it is known only, hot as soon as it
/// said hello, and never in between, except for one that does not speak 0x70 (design §4).
///
/// ```
///            learnt           dial              connected          hello
///  unknown ────────▶ idle ──────────▶ dialing ───────────▶ joining ──────▶ hot (or warm)
///                     ▲ │  ▲             │ failed             │ closed      │ closed
///                     │ ▼  └─────────────┴────────────────────┴─────────────┘
///                   waiting     kept peers wait by the reconnect schedule, others not at all
/// ```
///
/// Two policies stand on it: ``EnsurePeers`` and ``StaticTopology``. Sources: C§5, C§7; design §5.
package struct Circle: Sendable, Equatable {
    package let settings: Settings
    package private(set) var known = Roster<PeerID, Acquaintance>()
    /// Kept peers and roots, in the order of the configuration.
    private(set) var configured = Configured()
    /// The soonest wait of a kept peer; exact after every change.
    private(set) var nextDeadline: Instant?
    package private(set) var targets = Targets.none

    package struct Settings: Hashable, Sendable {
        /// The longest wait before a kept peer is dialed again; zero is no limit.
        package var dialPeriodLimit: Duration = .zero
        package init() {}
    }

    /// How many peers are known that are neither connected nor configured: as many addresses as a
    /// book holds before it stops asking (C§6.1); the rest stay in the book.
    package static let strangerLimit = AddressBook.wantedCount

    init(settings: Settings) { self.settings = settings }

    package func knows(_ peer: PeerID) -> Bool { known.contains(peer) }

    /// True when ensure-peers may dial this peer: nobody else does, and it is not connected.
    package func mayDial(_ peer: PeerID) -> Bool {
        guard let row = known[peer] else { return true }
        switch (row.phase, row.standing) {
        case (.idle, .root), (.idle, .other): return true
        case (_, .kept), (.waiting, _), (.dialing, _), (.joining, _), (.warm, _), (.hot, _):
            return false
        }
    }

    /// Peers that the configuration names though they may not be known.
    package var namedPeers: [PeerID] {
        configured.groups.flatMap(\.members) + configured.persistent + configured.roots
    }

    /// Connected peers that may be asked for addresses.
    func askable() -> [PeerID] { peers { $0.temperature >= .warm && $0.sharesPeers } }

    func peers(where isWanted: (Acquaintance) -> Bool) -> [PeerID] {
        var found: [PeerID] = []
        for (place, row) in known.rows.enumerated() where isWanted(row) {
            found.append(known.ids[place])
        }
        return found
    }

    /// The first rule that does not hold, in words; nil when all is well.
    package var complaint: String? {
        let strangerCount = known.rows.count { $0.isStranger }
        if strangerCount > Self.strangerLimit { return "\(strangerCount) strangers" }
        for (peer, row) in zip(known.ids, known.rows) {
            if case .waiting = row.phase, row.standing == .other { return "\(peer) waits in vain" }
            if row.phase.isConnected != (row.connectedAt != nil) {
                return
                    "\(peer) is \(row.phase), connected at \(String(describing: row.connectedAt))"
            }
        }
        return nil
    }

    mutating func setTargets(_ new: Targets, into effects: inout [Effect]) {
        guard new != targets else { return }
        targets = new
        effects.append(.targetsChanged(new))
    }
}

// MARK: - Knowing

extension Circle {
    /// Takes a peer into the known set, unless it is there or there is no room.
    mutating func learn(
        _ peer: PeerID,
        from source: PeerSource,
        as standing: Standing = .other,
        into effects: inout [Effect]
    ) {
        guard !knows(peer) else { return }
        if standing == .other { makeRoom(into: &effects) }
        let row = Acquaintance(standing: standing, origin: source)
        known[peer] = row
        effects.append(.transition(peer, from: .unknown, to: .cold, .learnt, row.source))
    }

    /// Forgets the stranger that stands first when there are too many.
    private mutating func makeRoom(into effects: inout [Effect]) {
        guard known.count >= Self.strangerLimit,
            known.rows.count(where: \.isStranger) >= Self.strangerLimit,
            let place = known.rows.firstIndex(where: { $0.isStranger && $0.phase == .idle })
        else { return }
        forget(known.ids[place], .forgotten, into: &effects)
    }

    mutating func forget(_ peer: PeerID, _ reason: Reason, into effects: inout [Effect]) {
        guard let row = known.remove(peer) else { return }
        effects.append(.transition(peer, from: row.temperature, to: .unknown, reason, row.source))
        plan()
    }

    /// Takes over what the configuration says now.
    ///
    /// Who is not named any more stays known; its connection is ended if `hangsUp`.
    mutating func adopt(
        _ new: Configured,
        hangsUp: Bool,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        configured = new
        let standings = standings(of: new)
        for peer in known.ids {
            guard let row = known[peer], row.standing != .other, standings[peer] == nil else {
                continue
            }
            known.update(peer) { row in
                row.standing = .other
                if case .waiting = row.phase { row.phase = .idle }
            }
            if hangsUp, row.phase.isConnected { effects.append(.hangUp(peer, .notWanted)) }
        }
        for peer in standings.ids {
            guard let standing = standings[peer] else { continue }
            learn(peer, from: standing.source, as: standing, into: &effects)
            known.update(peer) { $0.standing = standing }
            if known[peer]?.phase == .idle { rest(peer, now: now, random: &random) }
        }
        plan()
    }

    private func standings(of configured: Configured) -> Roster<PeerID, Standing> {
        var standings = Roster<PeerID, Standing>()
        for peer in configured.persistent {
            standings[peer] = .kept(
                Keeping(
                    group: nil,
                    advertise: true,
                    mode: .initiatorAndResponder,
                    isOursToDial: false
                )
            )
        }
        for (index, group) in configured.groups.enumerated() {
            for peer in group.members {
                var keeping = Keeping(
                    group: index,
                    advertise: group.advertise,
                    mode: group.diffusionMode,
                    isOursToDial: !group.behindFirewall
                )
                if case .kept(let earlier) = standings[peer] {
                    // The first group that names it counts (O§1.3); the switch dials persistent ones.
                    if earlier.group != nil { continue }
                    keeping.isOursToDial = false
                }
                standings[peer] = .kept(keeping)
            }
        }
        for peer in configured.roots where !standings.contains(peer) { standings[peer] = .root }
        return standings
    }

    /// `other` is `peer`: the row with more of a connection stays.
    mutating func merge(
        _ other: PeerID,
        into peer: PeerID,
        into effects: inout [Effect]
    ) {
        guard let lost = known.remove(other) else { return }
        guard known.contains(peer) else {
            known[peer] = lost
            effects.append(
                .transition(other, from: lost.temperature, to: .unknown, .merged, lost.source)
            )
            effects.append(
                .transition(peer, from: .unknown, to: lost.temperature, .merged, lost.source)
            )
            plan()
            return
        }
        effects.append(
            .transition(other, from: lost.temperature, to: .unknown, .merged, lost.source)
        )
        known.update(peer) { row in
            if row.standing.rank > lost.standing.rank { row.standing = lost.standing }
            if !row.phase.isConnected, lost.phase.isDialing { row.phase = lost.phase }
        }
        plan()
    }
}

// MARK: - Using

extension Circle {
    /// Has a peer dialed; true if it is.
    @discardableResult
    mutating func dial(_ peer: PeerID, _ reason: Reason, into effects: inout [Effect]) -> Bool {
        guard let row = known[peer], !row.phase.isConnected, !row.phase.isDialing else {
            return false
        }
        known.update(peer) { $0.phase = .dialing(reason) }
        effects.append(.dial(peer, mode: row.standing.mode))
        plan()
        return true
    }

    /// A connection stands; whoever dialed us becomes known by it.
    mutating func join(
        _ peer: PeerID,
        isOutbound: Bool,
        now: Instant,
        into effects: inout [Effect]
    ) {
        learn(peer, from: isOutbound ? .addressBook : .inbound, into: &effects)
        known.update(peer) { row in
            let reason: Reason =
                switch (row.phase, row.standing) {
                case (.dialing(let reason), _): reason
                case (_, .kept): .configured
                case (_, .root), (_, .other): .learnt
                }
            if !row.phase.isConnected { row.phase = .joining(reason) }
            row.connectedAt = now
        }
        plan()
    }

    /// It said hello: it is used to the full from now on.
    mutating func use(
        _ peer: PeerID,
        canBeHot: Bool,
        sharesPeers: Bool,
        into effects: inout [Effect]
    ) {
        guard let row = known[peer], case .joining(let reason) = row.phase else { return }
        known.update(peer) { row in
            row.phase = canBeHot ? .hot : .warm
            row.failCount = 0
            row.sharesPeers = sharesPeers
            row.isUnwilling = !sharesPeers
        }
        effects.append(.use(peer, canBeHot ? .hot : .warm))
        effects.append(.transition(peer, from: .cold, to: .warm, reason, row.source))
        if canBeHot {
            effects.append(.transition(peer, from: .warm, to: .hot, reason, row.source))
        }
    }

    /// Its connection ended, or came to nothing.
    mutating func lose(
        _ peer: PeerID,
        _ reason: CloseReason,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {
        guard let row = known[peer], row.phase.isConnected || row.phase.isDialing else { return }
        known.update(peer) { lost in
            let isSettled = row.connectedAt.map {
                $0.duration(to: now) >= ReconnectSchedule.settledAfter
            }
            // Of two connections that were dialed at once one is given up: that is no failure.
            let isFailure = isSettled != true && reason != .lostSimultaneousDial
            lost.failCount = isSettled == true ? 0 : row.failCount + (isFailure ? 1 : 0)
            lost.phase = .idle
            lost.connectedAt = nil
            lost.sharesPeers = false
        }
        if row.temperature > .cold {
            effects.append(
                .transition(peer, from: row.temperature, to: .cold, .closed(reason), row.source)
            )
        }
        rest(peer, now: now, random: &random)
        plan()
    }

    /// Has a configured peer that is idle wait until it is to be dialed again.
    ///
    /// Kept ones by the schedule of persistent peers (C§5.2), roots as the book has its entries
    /// wait (C§7.6).
    private mutating func rest(_ peer: PeerID, now: Instant, random: inout Random) {
        guard let row = known[peer] else { return }
        let wait: Duration
        switch row.standing {
        case .kept(let keeping):
            guard keeping.isOursToDial else { return }
            wait = ReconnectSchedule.wait(
                afterFailures: row.failCount,
                limit: settings.dialPeriodLimit,
                random: &random
            )
        case .root:
            guard row.failCount > 0 else { return }
            wait =
                AddressBook.dialWait(failureCount: row.failCount)
                + .nanoseconds(random.below(1_000_000_000))
        case .other: return
        }
        known.update(peer) { $0.phase = .waiting(until: now.advanced(by: wait)) }
    }

    /// Dials the kept peers whose wait is over, and frees the roots.
    mutating func wake(now: Instant, into effects: inout [Effect]) {
        guard let nextDeadline, nextDeadline <= now else { return }
        for peer in known.ids {
            guard let row = known[peer], let until = row.nextAttemptAt, until <= now else {
                continue
            }
            known.update(peer) { $0.phase = .idle }
            if case .kept = row.standing { dial(peer, .configured, into: &effects) }
        }
        plan()
    }

    private mutating func plan() {
        nextDeadline = nil
        for peer in namedPeers { nextDeadline = soonest(nextDeadline, known[peer]?.nextAttemptAt) }
    }
}

extension Circle.Acquaintance {
    /// Known by hearsay only.
    var isStranger: Bool { standing == .other && !phase.isConnected }
}

extension Circle.Standing {
    var source: PeerSource {
        switch self {
        case .kept: .localRoot
        case .root: .publicRoot
        case .other: .addressBook
        }
    }

    /// What is said on a connection that is opened for it (O§1.3).
    var mode: DiffusionMode {
        switch self {
        case .kept(let keeping): keeping.mode
        case .root, .other: .initiatorAndResponder
        }
    }

    /// Where two claims meet, the lower rank wins.
    var rank: Int {
        switch self {
        case .kept: 0
        case .root: 1
        case .other: 2
        }
    }
}
