package import WarrenObservation
package import WarrenPrimitives

/// Whether a node may trust its ledger, with a memory: it does not change its mind at every block.
///
/// ```
///            trusted company             nobody shows more
///  preSyncing ───────────▶ syncing ─────────────────────────▶ caughtUp
///    │  ▲ ▲                 │   │       a young tip                │
///    │  │ └─────────────────┘   └──────────────────────────────────▶│
///    │  │   untrusted company                                       │
///    │  └───────────────────────────────────────────────────────────┘
///    │         an old tip, but not before 20 min, and up to 15 % more, in this state
///    └─ a young tip ▶ caughtUp
/// ```
///
/// Upstream keeps a marker file over a restart, and trusts a young tip at the start only with it. Here
/// a young tip is its own marker. How long a node stays is drawn when its tip grows old: before, it
/// makes no difference.
///
/// Source: O§9.6; O§3.12 for trusted company.
package struct SyncState: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        case preSyncing
        case syncing
        /// `leavesAt` is drawn when the tip grows old.
        case caughtUp(since: Instant, leavesAt: Instant?)
    }

    /// Between which the least stay in `caughtUp` is drawn.
    ///
    /// Many nodes that stop getting blocks at once are not to look for others at once.
    package static let stay = (
        least: ChainRules.youngDuration, most: ChainRules.youngDuration * 115 / 100
    )

    package private(set) var phase = Phase.preSyncing
    /// Everybody connected can be believed; to be said anew once the node is not caught up any more.
    package private(set) var isTrusted = false

    package init() {}

    package var isCaughtUp: Bool {
        switch phase {
        case .caughtUp: true
        case .preSyncing, .syncing: false
        }
    }

    package var ledgerState: LedgerState { isCaughtUp ? .youngEnough : .tooOld }

    /// When to look again, if nothing else happens before.
    package var nextDeadline: Instant? {
        switch phase {
        case .caughtUp(_, let leavesAt): leavesAt
        case .preSyncing, .syncing: nil
        }
    }

    package mutating func trust(_ isTrusted: Bool) { self.isTrusted = isTrusted }

    /// Goes as far as it may; `isIdle` says that all hot peers have nothing more to show, and none
    /// has a better chain than ours.
    package mutating func look(
        isYoung: Bool,
        isIdle: Bool,
        now: Instant,
        random: inout Random
    ) {
        switch phase {
        case .preSyncing where isYoung, .syncing where isYoung, .syncing where isTrusted && isIdle:
            phase = .caughtUp(since: now, leavesAt: nil)
            isTrusted = false
            if !isYoung { look(isYoung: false, isIdle: isIdle, now: now, random: &random) }
        case .preSyncing where isTrusted:
            phase = .syncing
            look(isYoung: isYoung, isIdle: isIdle, now: now, random: &random)
        case .syncing where !isTrusted: phase = .preSyncing
        case .preSyncing, .syncing: break
        case .caughtUp(let since, _) where isYoung: phase = .caughtUp(since: since, leavesAt: nil)
        case .caughtUp(let since, let drawn):
            let leavesAt =
                drawn
                ?? since.advanced(by: random.duration(from: Self.stay.least, to: Self.stay.most))
            phase = leavesAt <= now ? .preSyncing : .caughtUp(since: since, leavesAt: leavesAt)
        }
    }
}
