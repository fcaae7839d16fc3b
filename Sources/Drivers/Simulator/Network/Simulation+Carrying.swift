import WarrenNode
import WarrenObservation
import WarrenPrimitives

// MARK: - Ends

extension Simulation {
    /// Two ends of a new connection, the dialer's first; answers the dialer's place.
    mutating func makeEnds(
        from host: Int,
        to other: Int,
        _ connection: ConnectionID,
        remote: SocketAddress
    ) -> Int {
        let label =
            labels[host] ^ labels[other] &* 0x9E37_79B9_7F4A_7C15
            ^ connection.rawValue &* 0xD134_2543_DE82_EF95 ^ UInt64(stations[host].life) << 40
        let random = root.fork(label)
        var own = hosts[host].birth.configuration.listenAddress
        // Linux hands out ports from 32,768 to 60,999.
        own.port = UInt16(32_768 + connection.rawValue % 28_232)
        var dialer = End(host: host, random: random.fork(0), remote: remote)
        dialer.connection = connection
        dialer.stage = .calling
        var dialed = End(host: other, random: random.fork(1), remote: own)
        guard let place = freeEnds.popLast() else {
            ends.append(dialer)
            ends.append(dialed)
            if settings.fidelity == .bytes {
                machines.append(nil)
                machines.append(nil)
            }
            return ends.count - 2
        }
        dialer.generation = ends[place].generation
        dialed.generation = ends[place].generation
        ends[place] = dialer
        ends[place + 1] = dialed
        return place
    }

    func reference(end: Int) -> EndReference {
        EndReference(index: Int32(end), generation: ends[end].generation)
    }

    /// This end is over; the other one learns of it if the link lets it.
    mutating func hangUp(_ end: Int, telling reason: CloseReason) {
        guard ends[end].stage != .gone else { return }
        ends[end].stage = .gone
        ends[end].limitAt = .max
        if settings.fidelity == .bytes { machines[end] = nil }
        switch ends[end ^ 1].stage {
        case .absent, .gone: free(end)
        case .calling, .waiting, .shaking, .open:
            carry(.ended(reference(end: end ^ 1), reason), from: end, size: 40)
        }
    }

    /// Both ends are over: their place may be taken.
    private mutating func free(_ end: Int) {
        let place = end & ~1
        ends[place].generation &+= 1
        ends[place + 1].generation &+= 1
        ends[place].stage = .gone
        ends[place + 1].stage = .gone
        freeEnds.append(place)
    }

    /// This end gives up, and its node hears why.
    mutating func lose(_ end: Int, _ reason: CloseReason, id: NodeID? = nil) {
        let (host, connection, stage) = (ends[end].host, ends[end].connection, ends[end].stage)
        lines[host].remove(connection)
        hangUp(end, telling: .closedByPeer)
        switch stage {
        case .calling, .waiting, .shaking: step(host, .failed(connection, reason, id: id))
        case .open: step(host, .closed(connection, reason))
        case .absent, .gone: break
        }
    }

    /// The other end is over.
    mutating func hear(_ reason: CloseReason, at reference: EndReference) {
        let end = Int(reference.index)
        guard isCurrent(reference) else { return }
        switch ends[end].stage {
        case .absent, .gone: break
        case .calling, .waiting, .shaking, .open: lose(end, reason)
        }
    }

    // MARK: On the way

    /// Sends something to the other end, in order; answers when it has left.
    @discardableResult
    mutating func carry(_ happening: Happening, from end: Int, size: Int) -> Int64 {
        let (host, other) = (ends[end].host, ends[end ^ 1].host)
        if links.hasCuts, links.cut(from: host, to: other) != nil {
            ends[end].hasLost = true
            statistics.lostCount += 1
            return now
        }
        let path = links.path(from: host, to: other)
        var departsAt = now
        if path.bandwidth > 0 {
            departsAt = max(now, ends[end].lineFreeAt) + path.transmission(of: size)
            ends[end].lineFreeAt = departsAt
        }
        let flight = path.flight(of: size, random: &ends[end].random)
        let arrivesAt = max(departsAt + flight, ends[end].arrivesAt)
        ends[end].arrivesAt = arrivesAt
        agenda.add(happening, at: arrivesAt)
        return departsAt
    }

    mutating func send(
        _ message: [UInt8],
        on channel: ChannelID,
        of connection: ConnectionID,
        from host: Int
    ) {
        guard let end = lines[host].find(connection), ends[end].stage == .open else { return }
        if settings.fidelity == .bytes { return pack(message, channel, at: end) }
        var departsAt = now
        // The other end may still wait for our NodeInfo, which is ahead of this message.
        if ends[end ^ 1].stage != .gone {
            let limit = payloadLimits[host]
            departsAt = carry(
                .message(reference(end: end ^ 1), channel, message),
                from: end,
                size: Path.wireSize(of: message.count, payloadLimit: limit)
            )
        }
        if departsAt > now {
            let sent = Happening.sent(reference(end: end), channel, bytes: message.count)
            agenda.add(sent, at: departsAt)
        } else if nodes[host].giveBack(connection, channel, messages: 1, bytes: message.count) {
            // The message left at once, and with it went what kept another one waiting.
            hasMoreToSay = true
        }
    }

    mutating func deliver(_ message: [UInt8], on channel: ChannelID, to reference: EndReference) {
        let end = Int(reference.index)
        guard isCurrent(reference), ends[end].stage == .open else { return }
        let (host, connection) = (ends[end].host, ends[end].connection)
        if links.hasCuts, links.cut(from: ends[end ^ 1].host, to: host) != nil {
            ends[end ^ 1].hasLost = true
            statistics.lostCount += 1
            return
        }
        count(message, channel, host)
        step(host, .received(connection, channel, message))
    }

    mutating func count(_ message: [UInt8], _ channel: ChannelID, _ host: Int) {
        statistics.messageCount += 1
        statistics.byteCount += message.count
        digest.absorb(UInt64(bitPattern: now))
        digest.absorb(UInt64(host) << 8 | UInt64(channel.rawValue))
        digest.absorb(message)
    }
}
