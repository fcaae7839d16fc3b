import WarrenHandshake
package import WarrenPrimitives

extension Connection {
    /// Queues a message; it leaves with the next flush that is due.
    ///
    /// Whoever sends has spent credit for it (design §17.8) and knows the channels that the peer
    /// listed; anything else is a fault of ours, and traps. A message for a connection that is
    /// closing is dropped.
    package mutating func send(_ channel: ChannelID, _ message: [UInt8], now: Instant) {
        switch phase {
        case .draining, .closed: return
        case .new, .securing, .introducing:
            preconditionFailure("a message for channel \(channel) before the peer is known")
        case .open: break
        }
        precondition(peerChannels.contains(channel), "the peer did not list channel \(channel)")
        multiplexer.append(message, to: channel)
        if pendingSince == nil { pendingSince = now }
    }

    /// Packs and seals what is due to leave; call it after the sends of one turn.
    package mutating func flush(
        now: Instant,
        output: inout [UInt8],
        into effects: inout [Effect]
    ) throws(Violation) {
        let isLive =
            switch phase {
            case .open, .draining: true
            case .new, .securing, .introducing, .closed: false
            }
        guard isLive else { return }
        sendLimiter.refresh(now: now)
        let hasRoom = unwrittenByteCount < settings.unwrittenLimit
        let isDue = flushDueAt.map { $0 <= now } ?? false
        if hasRoom, isDue || heartbeat.owesAny {
            try pump(now: now, output: &output, into: &effects)
        }
        finishIfDone(into: &effects)
    }

    /// The socket took `byteCount` bytes of what was appended to `output`, in order.
    package mutating func written(
        _ byteCount: Int,
        now: Instant,
        output: inout [UInt8],
        into effects: inout [Effect]
    ) throws(Violation) {
        precondition(
            0 <= byteCount && byteCount <= unwrittenByteCount,
            "\(byteCount) bytes written of \(unwrittenByteCount) that were handed over"
        )
        unwrittenByteCount -= byteCount
        try flushOrClose(now: now, output: &output, into: &effects)
    }

    /// Says goodbye: all that is queued still leaves, nothing more is taken in.
    ///
    /// Answered by `.finished`, at the latest after the handshake timeout; before the channels are
    /// open, at once.
    package mutating func finish(
        now: Instant,
        output: inout [UInt8],
        into effects: inout [Effect]
    ) throws(Violation) {
        switch phase {
        case .open:
            phase = .draining(until: now.advanced(by: settings.handshakeTimeout))
            try flushOrClose(now: now, output: &output, into: &effects)
        case .new, .securing, .introducing:
            phase = .closed
            effects.append(.finished)
        case .draining, .closed:
            break
        }
    }

    /// Absorbs the time; early or needless calls do no harm.
    package mutating func deadline(
        now: Instant,
        output: inout [UInt8],
        into effects: inout [Effect]
    ) throws(Violation) {
        receiveLimiter.refresh(now: now)
        do {
            try checkHandshake(now: now)
            if case .open = phase { try heartbeat.advance(now: now) }
        } catch {
            phase = .closed
            throw error
        }
        if case .draining(let until) = phase, until <= now {
            phase = .closed
            effects.append(.finished)
        }
        try flushOrClose(now: now, output: &output, into: &effects)
    }

    private mutating func flushOrClose(
        now: Instant,
        output: inout [UInt8],
        into effects: inout [Effect]
    ) throws(Violation) {
        do {
            try flush(now: now, output: &output, into: &effects)
        } catch {
            phase = .closed
            throw error
        }
    }
}

// MARK: - Packing

extension Connection {
    /// When the waiting messages may leave, were nothing else to happen; nil if that needs an event.
    var flushDueAt: Instant? {
        guard let pendingSince, unwrittenByteCount < settings.unwrittenLimit else { return nil }
        if let opensAt = sendLimiter.opensAt { return max(opensAt, pendingSince) }
        if case .draining = phase { return pendingSince }
        let isIdle = unwrittenByteCount == 0
        let isBatch = multiplexer.pendingByteCount >= Self.batchLimit
        return isIdle || isBatch ? pendingSince : pendingSince.advanced(by: settings.flushThrottle)
    }

    /// Seals batches of packets until nothing may leave: nothing waits, rate or socket is full.
    ///
    /// While more follows only whole frames are sealed, so that no frame is padded for nothing.
    private mutating func pump(
        now: Instant,
        output: inout [UInt8],
        into effects: inout [Effect]
    ) throws(Violation) {
        multiplexer.decay(now: now)
        var plain: [UInt8] = []
        plain.reserveCapacity(min(multiplexer.pendingByteCount, Self.batchLimit) + 1024)
        while unwrittenByteCount < settings.unwrittenLimit {
            fill(&plain, now: now)
            guard !plain.isEmpty else { break }
            let isFull = plain.count >= Self.batchLimit
            let end = isFull ? plain.count / Self.frameCapacity * Self.frameCapacity : plain.count
            try seal(plain.span.extracting(0..<end), output: &output)
            plain.removeFirst(end)
        }
        if !plain.isEmpty { try seal(plain.span, output: &output) }
        pendingSince = multiplexer.pendingCount > 0 ? now : nil
        multiplexer.takeDeparted(into: &effects)
    }

    private mutating func fill(_ plain: inout [UInt8], now: Instant) {
        let before = plain.count
        heartbeat.cutPackets(now: now, into: &plain)
        while plain.count < Self.batchLimit, multiplexer.pendingCount > 0,
            sendLimiter.isOpen(now: now)
        {
            sendLimiter.take(multiplexer.cutPacket(into: &plain), now: now)
        }
        sendMeter.update(plain.count - before, now: now)
    }

    mutating func seal(_ plain: Span<UInt8>, output: inout [UInt8]) throws(Violation) {
        let before = output.count
        defer { unwrittenByteCount += output.count - before }
        do {
            try secret.seal(plain, into: &output)
        } catch {
            throw .handshake(error)
        }
    }

    private mutating func finishIfDone(into effects: inout [Effect]) {
        guard case .draining = phase, multiplexer.pendingCount == 0, unwrittenByteCount == 0 else {
            return
        }
        phase = .closed
        effects.append(.finished)
    }
}
