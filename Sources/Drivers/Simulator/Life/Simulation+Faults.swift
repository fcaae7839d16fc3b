import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

// MARK: - The timetable

extension Simulation {
    mutating func begin(_ number: Int) {
        let fault = faults[number]
        if let name = fault.name { tell(.faultStarted(name)) }
        switch fault.action {
        case .kill(let hosts):
            for host in hosts {
                stations[host].downCount += 1
                crash(host)
            }
        case .stop(let hosts):
            for host in hosts {
                stations[host].downCount += 1
                stop(host)
            }
        case .pause(let hosts): for host in hosts { pause(host) }
        case .restart(let hosts):
            for host in hosts where stations[host].downCount == 0 {
                stations[host].startsAgain = stations[host].isUp
                if stations[host].isUp { stop(host) } else { start(host) }
            }
        case .cut(let first, let second, let mode, let oneWay):
            overlays[number] = links.cut(first, second, mode: mode, oneWay: oneWay)
            for host in first + second { feelCut(host) }
        case .degrade(let first, let second, let quality):
            overlays[number] = links.degrade(first, second, Path(quality))
        case .skew(let hosts, let offset): skew(hosts, by: offset.wholeNanoseconds)
        }
        if let at = healing(of: fault) { agenda.add(.healing(number), at: at) }
        survey()
    }

    /// When a fault that begins now ends; a restart has ended when the last goodbye has.
    private func healing(of fault: Fault) -> Int64? {
        if case .restart = fault.action { return now + Self.stopLimit }
        return fault.duration.map { clock.now.advanced(by: $0).nanoseconds }
    }

    mutating func heal(_ number: Int) {
        let fault = faults[number]
        switch fault.action {
        case .kill(let hosts), .stop(let hosts):
            for host in hosts {
                stations[host].downCount -= 1
                if stations[host].isUp {
                    stations[host].startsAgain = true
                } else {
                    start(host)
                }
            }
        case .pause(let hosts): for host in hosts { resume(host) }
        case .restart: break
        case .cut(let first, let second, _, _):
            if let overlay = overlays[number] { links.lift(overlay) }
            for host in first + second { feelHealing(host) }
        case .degrade: if let overlay = overlays[number] { links.lift(overlay) }
        case .skew(let hosts, let offset): skew(hosts, by: -offset.wholeNanoseconds)
        }
        overlays[number] = nil
        if let name = fault.name { tell(.faultHealed(name)) }
        survey()
    }

    private mutating func skew(_ hosts: [Int], by offset: Int64) {
        for host in hosts {
            stations[host].offset &+= offset
            arm(host)
        }
    }
}

// MARK: - What faults do to connections

extension Simulation {
    private func isCut(_ end: Int) -> Bool {
        let (host, other) = (ends[end].host, ends[end ^ 1].host)
        return links.cut(from: host, to: other) != nil || links.cut(from: other, to: host) != nil
    }

    /// Over the host's connections that were cut nothing is heard any more, or they break.
    private mutating func feelCut(_ host: Int) {
        for end in lines[host].ends {
            let other = ends[end ^ 1].host
            let mode = links.cut(from: host, to: other) ?? links.cut(from: other, to: host)
            switch mode {
            case nil: break
            case .hang:
                mute(end)
                mute(end ^ 1)
            case .reset: breakOff(end, at: now)
            }
        }
    }

    /// Connections that lost something cannot go on: bytes are missing in the midst of them.
    private mutating func feelHealing(_ host: Int) {
        for end in lines[host].ends where !isCut(end) {
            unmute(end)
            unmute(end ^ 1)
            let other = ends[end ^ 1].stage
            guard ends[end].hasLost || ends[end ^ 1].hasLost || other == .gone else { continue }
            let path = links.path(from: ends[end ^ 1].host, to: host)
            breakOff(end, at: now + path.oneWay)
        }
    }

    /// Both ends see the connection reset.
    private mutating func breakOff(_ end: Int, at instant: Int64) {
        for end in [end, end ^ 1] {
            switch ends[end].stage {
            case .absent, .calling, .gone: break
            case .waiting, .shaking, .open:
                agenda.add(.ended(reference(end: end), .resetByPeer), at: instant)
            }
        }
    }

    /// From now on this end hears nothing: the first ping to come stays without an answer.
    ///
    /// Pings of links that work are not simulated: nothing would come of them. Source: C§4.5.
    mutating func mute(_ end: Int) {
        guard settings.fidelity == .messages, ends[end].stage == .open, !ends[end].isMute else {
            return
        }
        ends[end].isMute = true
        let configuration = hosts[ends[end].host].birth.configuration
        let interval = max(1, configuration.pingInterval.wholeNanoseconds)
        let passed = (now - ends[end].openedAt + interval - 1) / interval
        let pingAt = ends[end].openedAt + max(1, passed) * interval
        setLimit(of: end, at: pingAt + configuration.pongTimeout.wholeNanoseconds)
    }

    mutating func unmute(_ end: Int) {
        let other = ends[end ^ 1].host
        guard ends[end].isMute, !isCut(end), stations[other].pauseCount == 0 else { return }
        ends[end].isMute = false
        ends[end].limitAt = .max
    }
}
