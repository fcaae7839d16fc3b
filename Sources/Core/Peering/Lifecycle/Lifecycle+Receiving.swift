import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

// MARK: - What the peer says

extension Lifecycle {
    mutating func receive(
        _ bytes: [UInt8],
        from peer: PeerID,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        guard let greeting = change(peer, { $0.greeting }) else { return }
        guard let message = try? LifecycleMessage(bytes.span) else {
            return fail(peer, .badMessage, into: &outbox)
        }
        if case .awaited = greeting {
            guard case .hello(let hello) = message else {
                return fail(peer, .helloMissing, into: &outbox)
            }
            change(peer) {
                $0.greeting = .received
                // The first round trip is measured at once (O§8.8).
                $0.pulse = .due
            }
            return outbox.report(.hello(peer, hello))
        }
        switch message {
        case .hello: fail(peer, .unsolicitedMessage, into: &outbox)
        case .keepAlive(let cookie): answer(cookie, peer, now: now, into: &outbox)
        case .keepAliveReply(let cookie): measure(cookie, peer, now: now, into: &outbox)
        case .use(let epoch, let level): noteUse(epoch, level, peer, into: &outbox)
        case .useAck(let epoch): acknowledged(epoch, peer, into: &outbox)
        }
    }

    private mutating func answer(
        _ cookie: UInt32,
        _ peer: PeerID,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        var isTooMany = false
        change(peer) { conversation in
            if conversation.pulseCountSince.duration(to: now) >= .seconds(1) {
                conversation.pulseCount = 0
                conversation.pulseCountSince = now
            }
            conversation.pulseCount += 1
            isTooMany =
                conversation.pulseCount > Self.keepAliveRateLimit || conversation.owedCookie != nil
            conversation.owedCookie = cookie
        }
        if isTooMany { fail(peer, .requestTooSoon, into: &outbox) }
    }

    private mutating func measure(
        _ cookie: UInt32,
        _ peer: PeerID,
        now: Instant,
        into outbox: inout Outbox<Report>
    ) {
        let next = now.advanced(by: settings.keepAliveInterval)
        let sentAt: Instant?? = change(peer) {
            guard case .awaiting(cookie, let since) = $0.pulse else { return nil }
            $0.pulse = .resting(until: next)
            return since
        }
        guard let since = sentAt ?? nil else {
            return fail(peer, .unsolicitedMessage, into: &outbox)
        }
        outbox.report(.roundTrip(peer, since.duration(to: now)))
    }

    private mutating func noteUse(
        _ epoch: UInt64,
        _ level: Level,
        _ peer: PeerID,
        into outbox: inout Outbox<Report>
    ) {
        guard let conversation = conversation(peer), epoch > conversation.theirEpoch else {
            return fail(peer, .badMessage, into: &outbox)
        }
        guard conversation.debts.count < Self.useLimit else {
            return fail(peer, .unsolicitedMessage, into: &outbox)
        }
        change(peer) {
            $0.debts.append(.init(epoch: epoch, isLowering: level < $0.theirLevel))
            $0.theirEpoch = epoch
            $0.theirLevel = level
        }
        outbox.report(.usedBy(peer, level))
    }

    private mutating func acknowledged(
        _ epoch: UInt64,
        _ peer: PeerID,
        into outbox: inout Outbox<Report>
    ) {
        guard let claim = conversation(peer)?.claims.first, claim.epoch == epoch else {
            return fail(peer, .unsolicitedMessage, into: &outbox)
        }
        change(peer) { _ = $0.claims.removeFirst() }
        outbox.report(.acknowledged(peer, claim.level))
    }
}

extension Conversation {
    /// Takes note of a Use that was just sent.
    ///
    /// The peer acknowledges in order, so no claim may be due before the ones ahead of it.
    mutating func claim(_ level: Lifecycle.Level, now: Instant) {
        let limit: Duration
        if level > self.level {
            limit = Lifecycle.raiseTimeout
        } else if level == .none {
            limit = Lifecycle.lowerToNoneTimeout
        } else {
            limit = Lifecycle.lowerToWarmTimeout
        }
        let until = max(now.advanced(by: limit), claims.last?.until ?? now)
        epoch += 1
        claims.append(.init(epoch: epoch, level: level, until: until))
        self.level = level
        wanted = nil
    }
}
