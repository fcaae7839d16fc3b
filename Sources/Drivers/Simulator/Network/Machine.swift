import WarrenConnection
import WarrenNode
import WarrenObservation
import WarrenPrimitives

/// A real connection at one end, where bytes are simulated.
///
/// A class, since a connection cannot stand in an array: its ciphers must not be copied.
final class Machine {
    var connection: Connection?
    /// Bytes that have come and are not taken: the start of a frame, or what came too early.
    var waiting: [UInt8] = []
    /// Messages wait for the end of the turn.
    var mustFlush = false
}

// MARK: - Joining connections and nodes, as the socket driver does

extension Simulation {
    private typealias Drive = (
        inout Connection, Instant, inout [UInt8], inout [Connection.Effect]
    ) throws(Connection.Violation) -> Void

    mutating func startMachine(_ end: Int) {
        let host = ends[end].host
        guard let key = hosts[host].key else { return }
        var secret: [UInt8] = []
        for _ in 0..<4 { secret.append(bigEndian: ends[end].random.next()) }
        let machine = machines[end] ?? Machine()
        machine.connection = Connection(
            settings: .init(hosts[host].birth.configuration.wireTerms),
            key: key,
            ownInfo: infos[host],
            channels: nodes[host].channels,
            expecting: ends[end].expecting,
            ephemeralSecret: secret,
            now: localTime(host)
        )
        machines[end] = machine
        ends[end].limitAt = .max
        drive(end) { connection, now, output, _ in connection.start(now: now, output: &output) }
        takeWaiting(end)
    }

    mutating func finishMachine(_ end: Int) {
        drive(end) { connection, now, output, effects throws(Connection.Violation) in
            try connection.finish(now: now, output: &output, into: &effects)
        }
    }

    mutating func wakeMachine(_ end: Int) {
        drive(end) { connection, now, output, effects throws(Connection.Violation) in
            try connection.deadline(now: now, output: &output, into: &effects)
        }
        finishTurn()
    }

    mutating func wrote(_ count: Int, at reference: EndReference) {
        guard isCurrent(reference) else { return }
        drive(Int(reference.index)) {
            connection,
            now,
            output,
            effects throws(Connection.Violation) in
            try connection.written(count, now: now, output: &output, into: &effects)
        }
        finishTurn()
    }

    mutating func take(_ bytes: [UInt8], at reference: EndReference) {
        let end = Int(reference.index)
        guard isCurrent(reference), ends[end].stage != .gone else { return }
        if links.hasCuts, links.cut(from: ends[end ^ 1].host, to: ends[end].host) != nil {
            ends[end ^ 1].hasLost = true
            return
        }
        let machine = machines[end] ?? Machine()
        machines[end] = machine
        machine.waiting += bytes
        takeWaiting(end)
        finishTurn()
    }

    private mutating func takeWaiting(_ end: Int) {
        guard let machine = machines[end], machine.connection != nil, !machine.waiting.isEmpty
        else { return }
        var bytes: [UInt8] = []
        swap(&bytes, &machine.waiting)
        var count = 0
        drive(end) { connection, now, output, effects throws(Connection.Violation) in
            count = try connection.receive(
                bytes.span,
                now: now,
                output: &output,
                into: &effects
            )
        }
        machine.waiting = Array(bytes.dropFirst(count))
    }

    mutating func pack(_ message: [UInt8], _ channel: ChannelID, at end: Int) {
        guard let machine = machines[end], machine.connection != nil else { return }
        machine.connection?.send(channel, message, now: localTime(ends[end].host))
        guard !machine.mustFlush else { return }
        machine.mustFlush = true
        unflushed.append(reference(end: end))
    }

    /// Lets go what was sent, and tells nodes what their connections reported, until all is quiet.
    mutating func finishTurn() {
        guard !isFinishing else { return }
        isFinishing = true
        while !reports.isEmpty || !unflushed.isEmpty {
            let heard = reports
            reports = []
            for (life, input) in heard where stations[life.host].life == life.life {
                step(life.host, input)
            }
            let waiting = unflushed
            unflushed = []
            for reference in waiting where isCurrent(reference) {
                let end = Int(reference.index)
                machines[end]?.mustFlush = false
                drive(end) { connection, now, output, effects throws(Connection.Violation) in
                    try connection.flush(now: now, output: &output, into: &effects)
                }
            }
        }
        isFinishing = false
    }

    /// Runs one step of a connection and carries out what came of it, in order.
    private mutating func drive(_ end: Int, _ body: Drive) {
        guard let machine = machines[end], var connection = machine.connection.take() else {
            return
        }
        let host = ends[end].host
        var output: [UInt8] = []
        var effects: [Connection.Effect] = []
        var violation: Connection.Violation?
        do {
            try body(&connection, localTime(host), &output, &effects)
        } catch {
            violation = error
        }
        let deadline = connection.nextDeadline
        let remote = connection.remoteID
        machine.connection = consume connection
        if !output.isEmpty { pour(output, from: end) }
        for effect in effects { perform(effect, at: end) }
        if let violation {
            breakDown(end, CloseReason(violation), remote)
        } else if let deadline, ends[end].stage != .gone {
            let at = deadline.nanoseconds &- stations[host].offset
            if at < ends[end].limitAt { setLimit(of: end, at: max(now, at)) }
        }
    }

    private mutating func perform(_ effect: Connection.Effect, at end: Int) {
        let (host, connection) = (ends[end].host, ends[end].connection)
        switch effect {
        case .authenticated(let id, let info):
            guard ends[end].stage == .shaking else { return }
            ends[end].stage = .open
            ends[end].openedAt = now
            if end & 1 == 0 { statistics.connectionCount += 1 }
            let remote = ends[end].remote
            reports.append((reference(host), .authenticated(connection, id, info, remote: remote)))
        case .deliver(let channel, let message):
            guard ends[end].stage == .open else { return }
            count(message, channel, host)
            reports.append((reference(host), .received(connection, channel, message)))
        case .sent(let channel, let messages, let bytes):
            reports.append(
                (reference(host), .sent(connection, channel, messages: messages, bytes: bytes))
            )
        case .finished: hangUp(end, telling: .closedByPeer)
        }
    }

    /// The connection ended by a violation: the node hears why.
    private mutating func breakDown(_ end: Int, _ reason: CloseReason, _ remote: NodeID?) {
        let (host, connection, stage) = (ends[end].host, ends[end].connection, ends[end].stage)
        let isListed = lines[host].find(connection) != nil
        lines[host].remove(connection)
        hangUp(end, telling: .closedByPeer)
        guard isListed else { return }
        let report: Node.Input =
            stage == .open
            ? .closed(connection, reason) : .failed(connection, reason, id: remote)
        reports.append((reference(host), report))
    }

    /// Bytes go into the socket, and in packets to the other end.
    private mutating func pour(_ output: [UInt8], from end: Int) {
        var departsAt = now
        var start = 0
        while start < output.count {
            let stop = min(start + Path.packetSize, output.count)
            if ends[end ^ 1].stage != .gone {
                let packet = Array(output[start..<stop])
                departsAt = carry(
                    .bytes(reference(end: end ^ 1), packet),
                    from: end,
                    size: packet.count
                )
            }
            start = stop
        }
        agenda.add(.written(reference(end: end), output.count), at: max(now, departsAt))
    }
}
