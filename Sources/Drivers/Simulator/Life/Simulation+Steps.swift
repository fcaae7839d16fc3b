import WarrenNode
import WarrenObservation
import WarrenPrimitives

// MARK: - One step of one node

extension Simulation {
    /// What the clock of a host shows; it never runs backwards.
    mutating func localTime(_ host: Int) -> Instant {
        let shown = max(stations[host].shownAt, now + stations[host].offset)
        stations[host].shownAt = shown
        return Instant(nanoseconds: shown)
    }

    /// A node hears of something, and what it wants is done.
    mutating func step(_ host: Int, _ input: Node.Input) {
        think(host, input)
        goOn(host)
        arm(host)
        if settings.fidelity == .bytes { finishTurn() }
    }

    private mutating func think(_ host: Int, _ input: Node.Input) {
        statistics.stepCount += 1
        let time = localTime(host)
        nodes[host].handle(
            input,
            now: time,
            random: &randoms[host],
            using: &room,
            into: &effects
        )
        if settings.traceLimit > 0 { record(host, input) }
        if !effects.isEmpty {
            var wanted: [Node.Effect] = []
            swap(&wanted, &effects)
            for effect in wanted { perform(effect, of: host) }
            wanted.removeAll(keepingCapacity: true)
            swap(&wanted, &effects)
        }
        if let period = settings.checkPeriod, statistics.stepCount.isMultiple(of: period) {
            check(host, after: input)
        }
    }

    private mutating func check(_ host: Int, after input: Node.Input) {
        guard complaints.count < Self.complaintLimit,
            let complaint = nodes[host].invariantViolation()
        else { return }
        let text = "\(complaint), after \("\(input)".prefix(80))"
        complaints.append(Complaint(host: host, at: clock.now, text: text))
    }

    private mutating func record(_ host: Int, _ input: Node.Input) {
        let effects = effects
        var random = randoms[host]
        let time = clock.now
        trace.append(
            Trace.Step(
                at: time,
                host: host,
                input: "\(input)",
                effects: effects.map { "\($0)" },
                nextDraw: random.next()
            )
        )
    }

    private mutating func perform(_ effect: Node.Effect, of host: Int) {
        switch effect {
        case .dial(let connection, let address, let expected):
            dial(connection, address, expecting: expected, from: host)
        case .handshake(let connection): shakeHands(host, connection)
        case .send(let connection, let channel, let message):
            send(message, on: channel, of: connection, from: host)
        case .close(let connection, let reason, let flush):
            close(connection, reason, flush: flush, of: host)
        case .resolve(let lookup, let name, let port): resolve(lookup, name, port, for: host)
        case .persist(let batch, let changes):
            vaults[host]?.write(batch, changes)
            let at = now + max(0, settings.storeLatency.wholeNanoseconds)
            agenda.add(.persisted(reference(host), batch: batch), at: at)
        case .load(let load, let range):
            let at = now + max(0, settings.storeLatency.wholeNanoseconds)
            let rows = vaults[host]?.read(range) ?? []
            agenda.add(.loaded(reference(host), load, rows), at: at)
        case .emit(let event):
            digest.absorb(UInt64(host))
            digest.absorb(event)
            tell(host, .event(event))
        case .reported(let guest, let report):
            guestReports.append(
                GuestReport(at: clock.now, host: host, guest: guest, report: report)
            )
        case .stopped:
            vaults[host]?.close()
            powerOff(host)
        }
    }

    private mutating func resolve(
        _ lookup: Node.LookupID,
        _ name: String,
        _ port: UInt16?,
        for host: Int
    ) {
        let known = names[name]
        var found = known?.addresses ?? []
        if let port { for index in found.indices { found[index].port = port } }
        agenda.add(
            .resolved(reference(host), lookup, found, known?.timeToLive ?? .seconds(60)),
            at: now + max(0, settings.nameLatency.wholeNanoseconds)
        )
    }

    func reference(_ host: Int) -> LifeReference {
        LifeReference(host: host, life: stations[host].life)
    }
}

// MARK: - Alarms

extension Simulation {
    /// Sees to it that the node hears of its next deadline.
    ///
    /// An alarm that comes too early is left alone: it looks again when it rings.
    mutating func arm(_ host: Int) {
        guard stations[host].isUp, let next = nodes[host].nextDeadline else { return }
        let (difference, overflow) =
            next.nanoseconds.subtractingReportingOverflow(stations[host].offset)
        if overflow || next == .distantFuture { return }
        let at = max(now, difference)
        guard at < stations[host].alarmAt else { return }
        stations[host].alarmAt = at
        agenda.addAlarm(host: host, at: at)
    }

    /// How soon a node hears of a deadline again that it left standing.
    private static let repetition: Int64 = 1_000_000

    mutating func wake(_ host: Int) {
        guard stations[host].alarmAt == now else { return }
        stations[host].alarmAt = .max
        guard stations[host].isUp, stations[host].pauseCount == 0 else { return }
        let time = localTime(host)
        guard let due = nodes[host].nextDeadline, due <= time else { return arm(host) }
        digest.absorb(UInt64(bitPattern: now) ^ UInt64(host) << 40)
        think(host, .deadline)
        goOn(host)
        if let next = nodes[host].nextDeadline, next <= time {
            statistics.idleDeadlineCount += 1
            stations[host].alarmAt = now + Self.repetition
            agenda.addAlarm(host: host, at: now + Self.repetition)
        } else {
            statistics.deadlineCount += 1
            arm(host)
        }
        if settings.fidelity == .bytes { finishTurn() }
    }

    /// Lets a node say what it had no credit for, as long as its messages leave at once.
    private mutating func goOn(_ host: Int) {
        while hasMoreToSay {
            hasMoreToSay = false
            think(host, .deadline)
        }
    }
}
