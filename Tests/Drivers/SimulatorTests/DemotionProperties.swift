import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// Demotions that nobody asked for, cooling and the timers behind it.
///
/// Sources: O§3.9, O§6.5, O§11.2.
struct DemotionProperties {
    /// What a host thinks of a peer, from what it put on record.
    private struct View {
        var temperatures: [PeerID: Temperature] = [:]
        var connections: [PeerID: Set<ConnectionID>] = [:]
        /// When a peer in use lost its last connection, and is not cold yet.
        var owed: [PeerID: Duration] = [:]
        var incarnation: UInt64 = 0

        mutating func take(_ event: Event, at: Duration) {
            if event.incarnation != incarnation {
                self = View()
                incarnation = event.incarnation
            }
            switch event.note {
            case .transition(let change):
                temperatures[change.peer.peer] = change.to
                if change.to < .warm { owed[change.peer.peer] = nil }
            case .connected(let who, let connection, _):
                connections[who.peer, default: []].insert(connection)
                owed[who.peer] = nil
            case .disconnected(let who, let connection, _):
                connections[who.peer, default: []].remove(connection)
                let isInUse = temperatures[who.peer] ?? .unknown >= .warm
                if isInUse, connections[who.peer]?.isEmpty != false { owed[who.peer] = at }
            case .merged(let who, let other):
                connections[who.peer, default: []].formUnion(connections[other] ?? [])
                connections[other] = nil
                temperatures[other] = nil
                owed[other] = nil
            case .refused, .dialing, .usedBy, .connection, .inbound, .banned, .reinstated, .asked,
                .answered, .learnt, .targets, .churned, .chain, .bootstrapTimedOut, .storeFailed:
                break
            }
        }
    }

    /// A demotion under way when the connection went ends with the time-wait, 60 s / 60; any other
    /// at once.
    private let wait: Duration = .milliseconds(1_100)

    @Test(arguments: Seed.sweep())
    func `async_demotions: who loses a peer in use puts its demotion on record`(_ seed: Seed) throws
    {
        let town = Storm().town(seed)
        let chronicle = try Chronicle.of(town, for: Storm.end + .seconds(30))
        var lossCount = 0
        for host in town.network.hosts.indices {
            var view = View()
            for line in chronicle.of(host) {
                for (peer, at) in view.owed where view.incarnation == line.event.incarnation {
                    #expect(line.at - at <= wait, "host \(host), \(peer) lost at \(at)")
                    if line.at - at > wait { view.owed[peer] = nil }
                }
                let before = view.owed.count
                view.take(line.event, at: line.at)
                if view.owed.count > before { lossCount += 1 }
            }
            let isUp = chronicle.power.last { $0.host == host }?.isUp == true
            if isUp { #expect(view.owed.isEmpty, "host \(host): \(view.owed)") }
        }
        #expect(lossCount > 0)
    }

    /// One that cools is still warm for the governor; its connection is in its time-wait.
    ///
    /// Storms without a single one happen, but not a whole sweep of them.
    @Test func `track_coolingToCold_demotions: whoever cools ends cold when its time-wait is over`()
        throws
    {
        var coolingCount = 0
        for seed in Seed.sweep() {
            var town = Storm().town(seed)
            for host in town.network.hosts.indices {
                town.network.hosts[host].birth.configuration.targets = Targets(
                    root: 4,
                    known: 7,
                    established: 4,
                    active: 3
                )
            }
            let chronicle = try Chronicle.of(town, for: Storm.end + .seconds(160))
            for host in town.network.hosts.indices {
                coolingCount += followCooling(of: host, in: chronicle, seed)
            }
        }
        #expect(coolingCount > 0 || Seed.sweep().count == 1)
    }

    /// How many peers of a host were freed by the end of a time-wait; each must be cold by then.
    private func followCooling(of host: Int, in chronicle: Chronicle, _ seed: Seed) -> Int {
        var temperatures: [PeerID: Temperature] = [:]
        var cooling: [ConnectionID: PeerID] = [:]
        var freed: (peer: PeerID, at: Duration)?
        var incarnation: UInt64 = 0
        var count = 0
        for line in chronicle.of(host) {
            if line.event.incarnation != incarnation {
                (temperatures, cooling, freed) = ([:], [:], nil)
                incarnation = line.event.incarnation
            }
            if let last = freed, last.at < line.at {
                let now = temperatures[last.peer] ?? .unknown
                #expect(
                    now <= .cold,
                    "\(seed.testDescription): host \(host), \(last.peer) at \(last.at): \(now)"
                )
                freed = nil
                count += 1
            }
            switch line.note {
            case .transition(let change): temperatures[change.peer.peer] = change.to
            case .merged(let who, let other):
                for (connection, peer) in cooling where peer == other {
                    cooling[connection] = who.peer
                }
            case .connection(let who?, let connection, let from, .terminating):
                if from.isHeldOutbound, temperatures[who.peer] ?? .unknown >= .warm {
                    cooling[connection] = who.peer
                }
            case .connection(_, let connection, .terminating, _):
                if let peer = cooling.removeValue(forKey: connection) { freed = (peer, line.at) }
            default: break
            }
        }
        return count
    }

    /// How long connections are in a state that a timer ends, and which timer it was.
    private func spells(_ chronicle: Chronicle, count: Int) -> (
        idle: [Duration], outboundIdle: [Duration], timeWait: [Duration]
    ) {
        var (idle, outboundIdle, timeWait): ([Duration], [Duration], [Duration]) = ([], [], [])
        for host in 0..<count {
            var inbound: [ConnectionID: (state: InboundState?, at: Duration)] = [:]
            var states: [ConnectionID: (state: ConnectionState, at: Duration)] = [:]
            for line in chronicle.of(host) {
                switch line.note {
                case .inbound(_, let connection, let from, let to):
                    if from == .idle, to == nil || to == .cold, let since = inbound[connection] {
                        idle.append(line.at - since.at)
                    }
                    inbound[connection] = (to, line.at)
                case .connection(_, let connection, let from, let to):
                    if let since = states[connection] {
                        if case .outboundIdle = from, to == .terminating {
                            outboundIdle.append(line.at - since.at)
                        }
                        if from == .terminating { timeWait.append(line.at - since.at) }
                    }
                    if from != to { states[connection] = (to, line.at) }
                default: break
                }
            }
        }
        return (idle, outboundIdle, timeWait)
    }

    /// P7; the time-wait is 60 s at pace 1 and a second at pace 60, the idle times are not paced.
    @Test(arguments: Seed.sweep())
    func `P7, timeouts_enforced: idle time and time-wait last as long as they should`(_ seed: Seed)
        throws
    {
        for pace in [1, 60] {
            var town = Town(links: [LinkQuality(roundTrip: .milliseconds(40))])
            town.settings = Simulation.Settings(seed: seed.value)
            town.settings.snapshotPeriod = nil
            // Everybody is known to everybody, and few are wanted: churn replaces them.
            for host in 0..<6 {
                town.add(roots: host == 0 ? [] : [0]) { birth in
                    birth.configuration.pace = pace
                    birth.configuration.targets = Targets(
                        root: 1,
                        known: 5,
                        established: 3,
                        active: 1
                    )
                }
            }
            let life: Duration = pace == 1 ? .seconds(5_000) : .seconds(150)
            let chronicle = try Chronicle.of(town, for: life)
            let (idle, outboundIdle, timeWait) = spells(chronicle, count: 6)
            #expect(!idle.isEmpty && !outboundIdle.isEmpty && !timeWait.isEmpty, "pace \(pace)")
            // Others end an idle time early: the peer comes back, or its connection goes.
            #expect((idle.max() ?? .zero) >= .seconds(5), "pace \(pace)")
            #expect(idle.allSatisfy { $0 <= .milliseconds(5_500) }, "pace \(pace)")
            #expect(
                outboundIdle.allSatisfy { (.seconds(5) ... .milliseconds(5_500)).contains($0) },
                "pace \(pace): \(outboundIdle)"
            )
            // A new connection of the same peer takes the old one's place before its time is over.
            let whole = Duration.seconds(60) / pace
            #expect((timeWait.max() ?? .zero) >= whole, "pace \(pace)")
            #expect(timeWait.allSatisfy { $0 <= whole / 10 * 11 }, "pace \(pace)")
        }
    }

    /// A peer that takes the socket and never says a word: three seconds of handshake each (C§2).
    @Test func `timeouts_enforced: a handshake that does not go on is ended after its time`() throws
    {
        var town = Town(around: 2)
        town.fault(at: .milliseconds(0), for: .seconds(20), .pause([0]))
        let lines = try Chronicle.of(town, for: .seconds(15)).of(1)
        let dialed = try #require(lines.first { $0.note.kind == "dialing" }?.at)
        let refused = try #require(lines.first { $0.note.kind == "refused" }?.at)
        #expect(refused - dialed >= .seconds(3) && refused - dialed <= .milliseconds(3_300))
    }
}
