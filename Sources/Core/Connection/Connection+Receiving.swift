import WarrenHandshake
package import WarrenPrimitives

extension Connection {
    /// Takes bytes from the socket; answers how many, and the caller keeps the rest for next time.
    ///
    /// Frames that came before a bad one are acted on before this throws.
    package mutating func receive(
        _ bytes: Span<UInt8>,
        now: Instant,
        output: inout [UInt8],
        into effects: inout [Effect]
    ) throws(Violation) -> Int {
        switch phase {
        case .new: preconditionFailure("start the connection before its socket is read")
        case .draining, .closed: return bytes.count
        case .securing, .introducing, .open: break
        }
        do {
            try checkHandshake(now: now)
            var taken = 0
            while taken < bytes.count {
                let end = min(taken + Self.slabLimit, bytes.count)
                let slab = bytes.extracting(taken..<end)
                let count = try open(slab, now: now, output: &output, into: &effects)
                if count == 0 { break }
                taken += count
            }
            try flush(now: now, output: &output, into: &effects)
            return taken
        } catch {
            phase = .closed
            throw error
        }
    }

    /// Opens the frames of `slab` and acts on what they held, up to the first fault.
    private mutating func open(
        _ slab: Span<UInt8>,
        now: Instant,
        output: inout [UInt8],
        into effects: inout [Effect]
    ) throws(Violation) -> Int {
        let before = output.count
        if slab.count > 2 * Self.sealedFrameLength {
            unread.reserveCapacity(unread.count + slab.count)
        }
        let count: Int
        let fault: WarrenHandshake.Violation?
        do {
            count = try secret.receive(slab, into: &output, plain: &unread)
            fault = nil
        } catch {
            count = 0
            fault = error
        }
        unwrittenByteCount += output.count - before
        charge(count, now: now)
        try advance(now: now, output: &output, into: &effects)
        if let fault { throw Self.violation(fault) }
        return count
    }

    /// A peer that proves to be us is refused for that, whichever layer sees it first.
    private static func violation(_ fault: WarrenHandshake.Violation) -> Violation {
        fault == .ownIdentity ? .ownID : .handshake(fault)
    }

    /// Goes as far as the opened bytes reach.
    private mutating func advance(
        now: Instant,
        output: inout [UInt8],
        into effects: inout [Effect]
    ) throws(Violation) {
        if case .securing = phase, let id = secret.remoteID {
            try introduce(to: id, now: now, output: &output)
        }
        if case .introducing(let id, _) = phase, let info = try takeNodeInfo(from: id) {
            begin(with: id, info, now: now, into: &effects)
        }
        if case .open = phase { try takePackets(now: now, into: &effects) }
    }

    private mutating func takePackets(
        now: Instant,
        into effects: inout [Effect]
    ) throws(Violation) {
        let bytes = unread
        unread = []
        var offset = 0
        var start = 0
        while let packet = try Packet.next(
            in: bytes.span,
            at: &offset,
            bodyLimit: settings.packet.bodyLimit
        ) {
            switch packet {
            case .ping: heartbeat.gotPing()
            case .pong: heartbeat.gotPong(now: now)
            case .piece(let channel, let isLast, let data):
                let message = try demultiplexer.take(
                    bytes.span.extracting(data),
                    channel: channel,
                    isLast: isLast,
                    packetLength: offset - start
                )
                if let (id, whole) = message { effects.append(.deliver(id, whole)) }
            }
            start = offset
        }
        receiveMeter.update(offset, now: now)
        unread = offset == 0 ? bytes : Array(bytes[offset...])
    }

    /// Pays for opened frames: each counts whole, 1,024 bytes, however little it carries.
    ///
    /// Opening costs the same, so a flood of nearly empty frames is held to the rate as well.
    private mutating func charge(_ sealedByteCount: Int, now: Instant) {
        guard case .open = phase else { return }
        let frames = sealedByteCount / Self.sealedFrameLength
        let before = max(receiveLimiter.opensAt ?? now, now)
        receiveLimiter.take(frames * Self.frameCapacity, now: now)
        if let opensAt = receiveLimiter.opensAt, before < opensAt {
            heartbeat.excuse(before.duration(to: opensAt))
        }
    }
}
