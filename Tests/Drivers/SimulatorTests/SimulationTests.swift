import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

struct SimulationTests {
    @Test
    func `a dialed node knows its peer after two and a half round trips, the dialer after three`()
        throws
    {
        let far = LinkQuality(roundTrip: .milliseconds(100))
        for fidelity in Simulation.Fidelity.allCases {
            var town = Town(around: 2, links: [far])
            town.settings.fidelity = fidelity
            let facts = try town.facts(for: .seconds(5))
            let dial = facts.notes(of: 1, since: town.start).first { $0.note.kind == "dialing" }
            let dialedAt = try #require(dial?.at)
            let dialer = try #require(facts.firstConnection(of: 1, since: town.start))
            let dialed = try #require(facts.firstConnection(of: 0, since: town.start))
            #expect(dialed - dialedAt == .milliseconds(250), "\(fidelity)")
            #expect(dialer - dialedAt == .milliseconds(300), "\(fidelity)")
        }
    }

    @Test func `nobody answers at an address where nobody is, after one round trip`() throws {
        var town = Town(links: [LinkQuality(roundTrip: .milliseconds(100))])
        town.add(roots: [5])
        let facts = try town.facts(for: .seconds(2))
        let notes = facts.notes(of: 0, since: town.start)
        let dialedAt = try #require(notes.first { $0.note.kind == "dialing" }?.at)
        let end = try #require(facts.ends(of: 0, since: town.start).first)
        #expect(end.reason == .connectRefused && end.at - dialedAt == .milliseconds(100))
    }

    @Test func `who is not who was dialed, or of another network, is refused`() throws {
        var town = Town()
        town.add()
        town.add { birth in
            var point = Town.point(0)
            point.id = Town.key(9).id
            birth.topology.localRoots = [
                Topology.LocalRootGroup(accessPoints: [point], hotValency: 1)
            ]
        }
        town.add(roots: [0]) { $0.configuration.network = "elsewhere" }
        for fidelity in Simulation.Fidelity.allCases {
            town.settings.fidelity = fidelity
            let facts = try town.facts(for: .seconds(2))
            let first = facts.ends(of: 1, since: town.start).first?.reason
            let second = facts.ends(of: 2, since: town.start).first?.reason
            #expect(first == .wrongID && second == .wrongNetwork, "\(fidelity)")
        }
    }

    @Test func `a killed node is seen to be gone at once, and comes back as another life`() throws {
        var town = Town(around: 3)
        town.fault(at: .seconds(20), for: .seconds(10), .kill([0]))
        var simulation = try town.simulation()
        var facts: [Fact] = []
        simulation.run(for: .seconds(80)) { facts.append($0) }
        let lost = facts.ends(of: 1, since: town.start).first { $0.at >= .seconds(20) }
        #expect(lost?.reason == .resetByPeer)
        #expect(lost.map { $0.at < .milliseconds(20_010) } == true)
        let power = facts.compactMap { fact -> String? in
            switch fact.what {
            case .node(0, .healthy): "up"
            case .node(0, .down): "down"
            case .faultStarted(let name): "\(name) begins"
            case .faultHealed(let name): "\(name) ends"
            default: nil
            }
        }
        #expect(power == ["up", "fault-0 begins", "down", "up", "fault-0 ends"])
        let lives = Set(
            facts.compactMap { fact -> UInt64? in
                guard case .node(0, .event(let event)) = fact.what else { return nil }
                return event.incarnation
            }
        )
        #expect(lives.count == 2)
        let rows = simulation.storedRows(0).count
        #expect(rows > 0)
        let hot = simulation.snapshot(1)?.counts.hot ?? 0
        #expect(hot > 0)
    }

    @Test func `a stopped node says goodbye, and a restarted one is back at once`() throws {
        var town = Town(around: 3)
        town.fault(at: .seconds(20), for: .seconds(5), .stop([1]))
        town.fault(at: .seconds(20), for: nil, .restart([2]))
        var simulation = try town.simulation()
        var facts: [Fact] = []
        simulation.run(for: .seconds(24)) { facts.append($0) }
        let ends = facts.ends(of: 0, since: town.start).filter { $0.at >= .seconds(20) }
        #expect(ends.count >= 2 && ends.allSatisfy { $0.reason == .closedByPeer })
        let (one, two) = (simulation.isUp(1), simulation.isUp(2))
        #expect(!one && two)
        simulation.run(for: .seconds(2))
        let isBack = simulation.isUp(1)
        #expect(isBack)
    }

    @Test func `under a cut nothing is heard until the pong is overdue`() throws {
        for oneWay in [false, true] {
            var town = Town()
            for host in 0..<2 {
                town.add(roots: host == 0 ? [] : [0]) { birth in
                    birth.configuration.pingInterval = .seconds(9)
                    birth.configuration.pongTimeout = .seconds(6)
                    birth.configuration.keepAliveInterval = .seconds(100)
                }
            }
            town.fault(at: .seconds(20), for: nil, .cut([0], [1], mode: .hang, oneWay: oneWay))
            for fidelity in Simulation.Fidelity.allCases {
                town.settings.fidelity = fidelity
                let facts = try town.facts(for: .seconds(60))
                for host in 0..<2 {
                    let end = facts.ends(of: host, since: town.start).first
                    let openedAt = facts.firstConnection(of: host, since: town.start)
                    let expected = try #require(openedAt) + .seconds(27 + 6)
                    #expect(end?.reason == .pongTimeout, "\(fidelity), one way: \(oneWay)")
                    #expect(end?.at == expected, "\(fidelity), one way: \(oneWay)")
                }
                let dials = facts.ends(of: 1, since: town.start).dropFirst()
                #expect(!dials.isEmpty && dials.allSatisfy { $0.reason == .connectTimeout })
            }
        }
    }

    @Test func `a cut that resets breaks connections at once and refuses dials`() throws {
        var town = Town(around: 2)
        town.fault(at: .seconds(20), for: .seconds(30), .cut([0], [1], mode: .reset, oneWay: false))
        let facts = try town.facts(for: .seconds(200))
        let ends = facts.ends(of: 1, since: town.start).filter { $0.at < .seconds(50) }
        #expect(ends.first?.at == .seconds(20) && ends.first?.reason == .resetByPeer)
        #expect(ends.count > 1 && ends.dropFirst().allSatisfy { $0.reason == .connectRefused })
        let last = facts.notes(of: 1, since: town.start).last { $0.note.kind == "connected" }
        #expect(last.map { $0.at > .seconds(50) } == true)
    }

    @Test func `a connection that lost something in a cut breaks when the cut heals`() throws {
        var town = Town(around: 2)
        town.fault(at: .seconds(20), for: .seconds(15), .cut([0], [1], mode: .hang, oneWay: false))
        let facts = try town.facts(for: .seconds(40))
        for host in 0..<2 {
            let end = facts.ends(of: host, since: town.start).first
            #expect(end?.reason == .resetByPeer && end?.at == .microseconds(35_000_100))
        }
    }

    @Test func `a node that is held still misses nothing, and does nothing meanwhile`() throws {
        var town = Town()
        for host in 0..<2 {
            // Requests for addresses that come in a bunch would be taken for misconduct.
            town.add(roots: host == 0 ? [] : [0]) { $0.configuration.pace = 1 }
        }
        town.fault(at: .seconds(20), for: .seconds(15), .pause([0]))
        let facts = try town.facts(for: .seconds(60))
        let still = facts.notes(of: 0, since: town.start).filter {
            $0.at > .seconds(20) && $0.at < .seconds(35)
        }
        #expect(still.isEmpty)
        #expect(facts.ends(of: 1, since: town.start).isEmpty)
        let health = facts.compactMap { fact -> String? in
            switch fact.what {
            case .node(0, .unasked): "unasked at \(town.start.duration(to: fact.at))"
            case .node(0, .healthy): "healthy at \(town.start.duration(to: fact.at))"
            default: nil
            }
        }
        #expect(
            health == [
                "healthy at 0.0 seconds", "unasked at 20.0 seconds", "healthy at 35.0 seconds",
            ]
        )
    }

    @Test func `a node whose clock is off writes its own time, and the facts have the world's`()
        throws
    {
        var town = Town(around: 2)
        town.network.hosts[1].clockOffset = .seconds(-30)
        town.fault(at: .seconds(5), for: .seconds(5), .skew([0], .seconds(100)))
        var latest: [Int: Instant] = [:]
        var offsets: [Int: Set<Duration>] = [:]
        for fact in try town.facts(for: .seconds(30)) {
            guard case .node(let host, .event(let event)) = fact.what else { continue }
            #expect(latest[host].map { $0 <= event.at } ?? true, "a clock ran backwards")
            latest[host] = event.at
            offsets[host, default: []].insert(fact.at.duration(to: event.at))
        }
        #expect(offsets[1] == [.seconds(-30)])
        #expect(offsets[0]?.contains(.zero) == true)
    }

    @Test func `what a link takes long to carry comes late and in order, and credit with it`()
        throws
    {
        let thin = LinkQuality(roundTrip: .milliseconds(100), bandwidth: 80_000)
        let wide = LinkQuality(roundTrip: .milliseconds(100))
        var times: [Duration] = []
        for quality in [wide, thin] {
            let town = Town(around: 2, links: [quality])
            let facts = try town.facts(for: .seconds(20))
            times.append(try #require(facts.firstConnection(of: 1, since: town.start)))
        }
        // 60 + 60 + 60 bytes of TCP, then 1,079, 2,088 and 1,044, at 10,000 bytes a second.
        #expect(times[1] - times[0] == .microseconds(439_100))
    }

    @Test func `a network that makes no sense is refused with the reason`() {
        var town = Town(around: 2)
        town.network.hosts[1].birth.configuration.listenAddress = Town.address(0)
        #expect(throws: Simulation.Flaw.sameAddress(Town.address(0), "node-0", "node-1")) {
            _ = try Simulation(town.network, settings: town.settings).statistics
        }
        var other = Town(around: 2, links: [.near, .near])
        #expect(throws: Simulation.Flaw.linksAreNoSquare(count: 2)) {
            _ = try Simulation(other.network, settings: other.settings).statistics
        }
        other = Town(around: 1)
        other.fault(at: .zero, for: nil, .kill([1]))
        #expect(throws: Simulation.Flaw.noSuchHost(1, fault: 0)) {
            _ = try Simulation(other.network, settings: other.settings).statistics
        }
    }

    @Test func `names are answered with the port that was asked for`() throws {
        var town = Town()
        town.add()
        town.add { birth in
            let point = Topology.AccessPoint(host: .name("first.test"), port: 3001)
            birth.topology.localRoots = [
                Topology.LocalRootGroup(accessPoints: [point], hotValency: 1)
            ]
        }
        var address = Town.address(0)
        address.port = 1
        town.network.names["first.test"] = Simulation.Name([address])
        let facts = try town.facts(for: .seconds(5))
        #expect(facts.firstConnection(of: 1, since: town.start) != nil)
    }
}
