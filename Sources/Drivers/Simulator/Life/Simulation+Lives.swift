import WarrenNode
import WarrenObservation
import WarrenPrimitives

// MARK: - Starting and ending nodes

extension Simulation {
    /// How long a node may take for its goodbyes before it is ended, as in the real driver.
    static let stopLimit: Int64 = 1_500_000_000

    func info(of host: Int) -> NodeInfo {
        let configuration = hosts[host].birth.configuration
        return NodeInfo(
            id: hosts[host].birth.ownID,
            listenAddress: configuration.externalAddress
                ?? "tcp://\(configuration.listenAddress)",
            network: configuration.network,
            version: settings.version,
            channels: nodes[host].channels.map(\.id),
            moniker: configuration.moniker
        )
    }

    mutating func start(_ host: Int) {
        guard !stations[host].isUp, stations[host].downCount == 0 else { return }
        if stations[host].life > 0 {
            var birth = hosts[host].birth
            var random = stream(of: host).fork(UInt64(stations[host].life))
            birth.incarnation = random.next()
            nodes[host] = Node(birth: birth, reactors: hosts[host].reactors)
            randoms[host] = random
        }
        stations[host].power = .starting
        stations[host].acceptedCount = 0
        stations[host].alarmAt = .max
        stations[host].gateOpensAt = 0
        step(host, .loaded(vaults[host]?.residentRows ?? []))
        guard stations[host].isUp else { return }
        stations[host].power = .on
        step(host, .listening(hosts[host].birth.configuration.listenAddress))
        guard stations[host].isUp else { return }
        tellSnapshot(host)
        tell(host, .healthy)
        if stations[host].life == 0 {
            unhealthyCount -= 1
            if unhealthyCount == 0 { setZero() }
        }
    }

    /// Everybody was healthy once: the timetable of faults begins.
    mutating func setZero() {
        zero = clock.now
        for (number, fault) in faults.enumerated() {
            agenda.add(.fault(number), at: clock.now.advanced(by: fault.at).nanoseconds)
        }
        for load in loads.indices { schedule(0, of: load) }
    }

    /// Ends a node without a word: memory is lost, a prefix of the store stays.
    mutating func crash(_ host: Int) {
        guard stations[host].isUp else { return }
        // A stream of its own, so that what is lost does not depend on what the node drew.
        var random = stream(of: host).fork(UInt64(stations[host].life) | 1 << 40)
        vaults[host]?.crash(&random)
        powerOff(host)
    }

    /// Asks a node to end; after a while it is ended.
    mutating func stop(_ host: Int) {
        guard stations[host].isUp, stations[host].power != .stopping else { return }
        stations[host].power = .stopping
        agenda.add(.stopLimit(reference(host)), at: now + Self.stopLimit)
        guard stations[host].pauseCount == 0 else { return }
        step(host, .stop)
    }

    /// The process is gone, and its sockets with it.
    mutating func powerOff(_ host: Int) {
        guard stations[host].isUp else { return }
        stations[host].power = .off
        stations[host].life += 1
        stations[host].alarmAt = .max
        stations[host].inbox = []
        hasMoreToSay = false
        for end in lines[host].ends { hangUp(end, telling: .resetByPeer) }
        lines[host] = Lines()
        tell(host, .down)
        if stations[host].startsAgain {
            stations[host].startsAgain = false
            agenda.add(.start(host: host), at: now)
        }
    }

    // MARK: Held still

    mutating func pause(_ host: Int) {
        pauseCount += 1
        stations[host].pauseCount += 1
        guard stations[host].pauseCount == 1, stations[host].isUp else { return }
        tell(host, .unasked)
        for end in lines[host].ends { mute(end ^ 1) }
    }

    mutating func resume(_ host: Int) {
        pauseCount -= 1
        stations[host].pauseCount -= 1
        guard stations[host].pauseCount == 0, stations[host].isUp else { return }
        for end in lines[host].ends { unmute(end) }
        if stations[host].power == .stopping { step(host, .stop) }
        var waiting: [Happening] = []
        swap(&waiting, &stations[host].inbox)
        for happening in waiting { happen(happening) }
        guard stations[host].isUp else { return }
        arm(host)
        if stations[host].listens {
            tellSnapshot(host)
            tell(host, .healthy)
        }
    }
}

// MARK: - What happens

extension Simulation {
    mutating func happen(_ happening: Happening) {
        if pauseCount > 0, let host = listener(of: happening), stations[host].pauseCount > 0 {
            return wait(host, happening)
        }
        switch happening {
        case .nothing: break
        case .start(let host): start(host)
        case .message(let end, let channel, let message): deliver(message, on: channel, to: end)
        case .bytes(let end, let bytes): take(bytes, at: end)
        case .sent(let end, let channel, let bytes):
            guard isCurrent(end), ends[Int(end.index)].stage == .open else { return }
            let (host, connection) = (ends[Int(end.index)].host, ends[Int(end.index)].connection)
            step(host, .sent(connection, channel, messages: 1, bytes: bytes))
        case .written(let end, let count): wrote(count, at: end)
        case .step(let end, let next): shake(end, next)
        case .ended(let end, let reason): hear(reason, at: end)
        case .limit(let end): losePatience(end)
        case .persisted(let life, let batch):
            guard stations[life.host].life == life.life else { return }
            vaults[life.host]?.acknowledge(batch)
            step(life.host, .persisted(batch: batch))
        case .loaded(let life, let load, let rows):
            guard stations[life.host].life == life.life else { return }
            step(life.host, .loadedRange(load, rows))
        case .resolved(let life, let lookup, let found, let timeToLive):
            guard stations[life.host].life == life.life else { return }
            if found.isEmpty {
                step(life.host, .unresolved(lookup, .noSuchName))
            } else {
                step(life.host, .resolved(lookup, found, ttl: timeToLive))
            }
        case .stopLimit(let life):
            guard stations[life.host].life == life.life else { return }
            vaults[life.host]?.close()
            powerOff(life.host)
        case .fault(let number): begin(number)
        case .healing(let number): heal(number)
        case .submission(let load, let number): submit(number, of: load)
        case .survey:
            survey()
            let period = settings.snapshotPeriod ?? .seconds(1)
            agenda.add(.survey, at: now + max(1, period.wholeNanoseconds))
        }
    }

    /// Whose program must run for this to happen; nil where the kernel or the world does it.
    private func listener(of happening: Happening) -> Int? {
        let end: EndReference
        switch happening {
        case .nothing, .start, .fault, .healing, .submission, .survey, .stopLimit,
            .step(_, .knock):
            return nil
        case .persisted(let life, _), .loaded(let life, _, _), .resolved(let life, _, _, _):
            return stations[life.host].life == life.life ? life.host : nil
        case .message(let reference, _, _), .bytes(let reference, _), .sent(let reference, _, _),
            .written(let reference, _), .step(let reference, _), .ended(let reference, _),
            .limit(let reference):
            end = reference
        }
        return isCurrent(end) ? ends[Int(end.index)].host : nil
    }

    private mutating func wait(_ host: Int, _ happening: Happening) {
        if stations[host].inbox.count < Station.inboxLimit {
            stations[host].inbox.append(happening)
        } else if case .message(let end, _, _) = happening {
            ends[Int(end.index) ^ 1].hasLost = true
            statistics.lostCount += 1
        }
    }

    func isCurrent(_ end: EndReference) -> Bool {
        ends[Int(end.index)].generation == end.generation
    }
}
