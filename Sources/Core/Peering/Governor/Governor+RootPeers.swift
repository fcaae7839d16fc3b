import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// A request to somebody else, one at a time, with exponential back-off.
    ///
    /// Source: O§3.6.1.
    struct Request: Hashable, Sendable {
        /// Failures in a row, negative, or answers with nothing new in a row, positive.
        private(set) var backoffs = 0
        private(set) var phase = Phase.ready

        enum Phase: Hashable, Sendable {
            case ready
            case underway
            case waiting(until: Instant)
        }

        var retryAt: Instant? {
            if case .waiting(let until) = phase { until } else { nil }
        }

        var isUnderway: Bool { phase == .underway }

        func isEnabled(now: Instant) -> Bool {
            switch phase {
            case .ready: true
            case .underway: false
            case .waiting(let until): until <= now
            }
        }

        mutating func start() { phase = .underway }

        mutating func failed(now: Instant) {
            guard phase == .underway else { return }
            backoffs = min(backoffs, 0) - 1
            phase = .waiting(until: now.advanced(by: delay))
        }

        /// Nothing new came of it; the next one is at least `floor` away.
        mutating func gaveNothing(now: Instant, floor: Duration = .zero) {
            guard phase == .underway else { return }
            backoffs = max(backoffs, 0) + 1
            phase = .waiting(until: now.advanced(by: max(delay, floor)))
        }

        mutating func succeeded(now: Instant, retryAfter delay: Duration) {
            guard phase == .underway else { return }
            backoffs = 0
            phase = .waiting(until: now.advanced(by: delay))
        }

        /// A seed told of so many that were new; nobody is asked twice within ``Policy/askFloor``.
        mutating func heard(newCount: Int, now: Instant) {
            if newCount == 0 {
                gaveNothing(now: now, floor: Policy.askFloor)
            } else {
                succeeded(now: now, retryAfter: Policy.askFloor)
            }
        }

        mutating func answered(newCount: Int, now: Instant, retryAfter delay: Duration) {
            if newCount == 0 {
                gaveNothing(now: now)
            } else {
                succeeded(now: now, retryAfter: delay)
            }
        }

        /// Forgets failures; one that waits may start at once (O§3.11).
        mutating func reset() {
            backoffs = 0
            if retryAt != nil { phase = .ready }
        }

        private var delay: Duration {
            .seconds(1 << min(abs(backoffs), Policy.requestExponentLimit))
        }
    }

    /// Asks for public roots while there are fewer roots than the target.
    ///
    /// Source: O§3.6.1.
    mutating func requestPublicRoots(now: Instant, into effects: inout [Effect]) -> Bool {
        let count = targets.root - census.rootCount
        guard count > 0, rootRequest.isEnabled(now: now) else { return false }
        rootRequest.start()
        effects.append(.requestPublicRoots(count))
        return true
    }

    /// Takes in what a root request found, except local roots and those that are roots already;
    /// says how many are new.
    ///
    /// A peer that is named twice joins the set with the better claim (O§2.2, I4). Bootstrap peers
    /// are taken in the sensitive state only, and nobody else then, whenever they were asked for.
    mutating func adopt(_ roots: [Root], now: Instant, into effects: inout [Effect]) -> Int {
        var newCount = 0
        let welcome = roots.filter { isWelcome($0.kind) }
        for kind in Root.Kind.byPrecedence {
            newCount += adopt(
                welcome.filter { $0.kind == kind },
                of: kind,
                now: now,
                into: &effects
            )
        }
        return newCount
    }

    private mutating func adopt(
        _ roots: [Root],
        of kind: Root.Kind,
        now: Instant,
        into effects: inout [Effect]
    ) -> Int {
        var newCount = 0
        for root in roots {
            guard known[root.peer].map({ $0.standing == .nonRoot }) ?? true else { continue }
            newCount += 1
            revise(root.peer) {
                $0.standing = .root(kind)
                if root.advertisement != .unknown { $0.advertise = root.advertisement }
            }
            learn(
                root.peer,
                as: .root(kind),
                from: kind.source,
                advertise: root.advertisement,
                now: now,
                into: &effects
            )
        }
        return newCount
    }
}

extension Governor.Root.Kind {
    /// Who wins a peer that several sets claim, best first.
    ///
    /// Source: O§2.2, I4.
    fileprivate static let byPrecedence: [Self] = [.configured, .bootstrap, .ledger, .bigLedger]
}

extension Governor.Root {
    /// Only configured roots may be handed out (O§2.1).
    fileprivate var advertisement: Governor.Advertise {
        switch kind {
        case .configured: advertise ? .advertised : .withheld
        case .bootstrap, .bigLedger: .withheld
        case .ledger: .unknown
        }
    }
}
