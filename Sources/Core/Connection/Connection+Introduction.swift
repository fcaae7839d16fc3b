import WarrenHandshake
package import WarrenPrimitives

// From the first byte to the exchange of NodeInfo (C§2, C§3).

extension Connection {
    /// Begins the handshake; the first bytes go to `output`.
    package mutating func start(now: Instant, output: inout [UInt8]) {
        guard case .new = phase else { preconditionFailure("started twice: \(phase)") }
        phase = .securing(until: now.advanced(by: settings.handshakeTimeout))
        let before = output.count
        secret.start(into: &output)
        unwrittenByteCount += output.count - before
    }

    func checkHandshake(now: Instant) throws(Violation) {
        switch phase {
        case .securing(let until) where until <= now: throw .handshakeTimeout(.secretConnection)
        case .introducing(_, let until) where until <= now: throw .handshakeTimeout(.nodeInfo)
        case .new, .securing, .introducing, .open, .draining, .closed: break
        }
    }

    /// Tells an authenticated peer who we are, unless we dialed somebody else.
    mutating func introduce(
        to id: NodeID,
        now: Instant,
        output: inout [UInt8]
    ) throws(Violation) {
        if let expectedID, expectedID != id { throw .wrongID(expected: expectedID, found: id) }
        try seal(ProtobufWriter.delimited(ownInfo.encoded).span, output: &output)
        phase = .introducing(id, until: now.advanced(by: settings.handshakeTimeout))
    }

    /// The peer's NodeInfo, once it is whole and found good; what follows it stays in `unread`.
    mutating func takeNodeInfo(from id: NodeID) throws(Violation) -> NodeInfo? {
        var start = 0
        let announced: UInt64?
        do {
            announced = try unread.span.announcedLength(at: &start)
        } catch {
            throw .malformedNodeInfo(error)
        }
        guard let announced else { return nil }
        guard announced <= UInt64(NodeInfo.byteLimit) else {
            throw .nodeInfoTooLong(length: Int(clamping: announced), limit: NodeInfo.byteLimit)
        }
        let end = start + Int(announced)
        guard unread.count >= end else { return nil }
        let info: NodeInfo
        do {
            info = try NodeInfo(unread.span.extracting(start..<end))
        } catch {
            throw .malformedNodeInfo(error)
        }
        unread.removeFirst(end)
        try check(info, from: id)
        return info
    }

    /// Upstream's checks in upstream's order.
    private func check(_ info: NodeInfo, from id: NodeID) throws(Violation) {
        do {
            try info.validate()
        } catch {
            throw .badNodeInfo(error)
        }
        // In lower case only, as upstream compares (C§1.1).
        guard info.id == id.description else { throw .misstatedID(key: id, told: info.id) }
        guard id != ownID else { throw .ownID }
        do {
            try ownInfo.checkCompatible(with: info)
        } catch {
            throw .incompatible(error)
        }
    }

    /// Opens the channels.
    mutating func begin(
        with id: NodeID,
        _ info: NodeInfo,
        now: Instant,
        into effects: inout [Effect]
    ) {
        peerChannels = info.channels
        heartbeat = Heartbeat(
            interval: settings.pingInterval,
            timeout: settings.pongTimeout,
            now: now
        )
        phase = .open(id)
        effects.append(.authenticated(id, info))
    }
}
