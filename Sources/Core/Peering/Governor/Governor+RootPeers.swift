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

    /// Takes in what a root request found, except local roots and those that are roots already.
    mutating func adopt(
        _ roots: [Root],
        retryAfter delay: Duration,
        now: Instant,
        into effects: inout [Effect]
    ) {
        var newCount = 0
        for root in roots {
            guard known[root.peer].map({ $0.standing == .nonRoot }) ?? true else { continue }
            newCount += 1
            revise(root.peer) {
                $0.standing = .root(root.kind)
                if root.advertisement != .unknown { $0.advertise = root.advertisement }
            }
            learn(
                root.peer,
                as: .root(root.kind),
                from: root.kind.source,
                advertise: root.advertisement,
                now: now,
                into: &effects
            )
        }
        if newCount == 0 {
            rootRequest.gaveNothing(now: now)
        } else {
            rootRequest.succeeded(now: now, retryAfter: delay)
        }
    }
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
