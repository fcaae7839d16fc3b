import WarrenObservation
import WarrenPrimitives

extension Governor {
    /// One peer's timer.
    struct Alarm: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case attempt, ask, forgive
        }

        var at: Instant
        var peer: PeerID
        var kind: Kind
    }

    /// All peers' timers, soonest first: a binary heap that forgets lazily.
    ///
    /// An alarm counts only while the peer's row still says the same; rows are the truth.
    struct Alarms: Hashable, Sendable {
        private(set) var heap: [Alarm] = []

        var first: Alarm? { heap.first }

        mutating func set(_ alarm: Alarm) {
            heap.append(alarm)
            var child = heap.count - 1
            while child > 0 {
                let parent = (child - 1) / 2
                guard heap[child].at < heap[parent].at else { return }
                heap.swapAt(child, parent)
                child = parent
            }
        }

        mutating func removeFirst() {
            heap.swapAt(0, heap.count - 1)
            heap.removeLast()
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2]
                where child < heap.count && heap[child].at < heap[least].at { least = child }
                guard least != parent else { return }
                heap.swapAt(least, parent)
                parent = least
            }
        }

        mutating func keep(where isLive: (Alarm) -> Bool) {
            heap = heap.filter(isLive).sorted { $0.at < $1.at }
        }
    }

    /// Moves everything that is due: peers to dial, to make hot, to ask, to forgive (O§3.3 (4)).
    mutating func ring(now: Instant) {
        while let alarm = alarms.first, alarm.at <= now {
            alarms.removeFirst()
            guard isLive(alarm) else { continue }
            revise(alarm.peer) { row in
                switch alarm.kind {
                case .attempt:
                    row.phase =
                        row.temperature == .cold ? .cold(.available) : .warm(.idle)
                case .ask: row.asking = .available
                case .forgive:
                    row.failCount = 0
                    row.forgivenAt = nil
                }
            }
        }
    }

    private func isLive(_ alarm: Alarm) -> Bool {
        known[alarm.peer]?.time(of: alarm.kind) == alarm.at
    }

    /// Says when to be called next: what is not due now and could enable a decision.
    mutating func planWake(now: Instant) {
        if alarms.heap.count > 8 * (known.count + 8) { alarms.keep(where: isLive) }
        while let alarm = alarms.first, !isLive(alarm) { alarms.removeFirst() }
        var wake = soonest(alarms.first?.at, shareBatches.lazy.map(\.until).min())
        wake = soonest(wake, bootstrapTimeoutAt)
        if census.rootCount < targets.root { wake = soonest(wake, rootRequest.retryAt) }
        if census.bigLedger.known < targets.knownBigLedger, permitsProgress {
            wake = soonest(wake, bigLedgerRequest.retryAt)
        }
        if census.ordinary.known < targets.known, permitsProgress {
            if settings.sharesPeers, !inboundPeers.isEmpty, shareRequestCount == 0 {
                wake = soonest(wake, inboundRetryAt > now ? inboundRetryAt : nil)
            }
            if case .resting(let until) = bookDraw {
                wake = soonest(wake, until, seedRequest.retryAt)
            }
        }
        nextDeadline = wake
    }
}

extension Governor.KnownPeer {
    func time(of kind: Governor.Alarm.Kind) -> Instant? {
        switch kind {
        case .attempt: return nextAttemptAt
        case .ask:
            guard case .waiting(let until) = asking else { return nil }
            return until
        case .forgive: return forgivenAt
        }
    }
}
