import Testing
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Whole nodes that know their seed by a name alone, which a real DNS server knows.
@Suite(.timeLimit(.minutes(1))) struct DNSSeedTests {
    @Test(arguments: [true, false])
    func `a node finds its seed by a DNS seed's name`(byService: Bool) async throws {
        let seed = try await Subject { $0.role = .seed }
        let port = seed.node.listenAddress.port
        let server = try NameServer([
            "--host-record=seeds.warren.test,127.0.0.1",
            "--srv-host=_warren._tcp.warren.test,seeds.warren.test,\(port),0,1",
            // Nobody may fall back to this one.
            "--srv-host=_warren._tcp.warren.test,nowhere.warren.test,1,5,1",
        ])
        let node = try await Subject { configuration in
            configuration.dnsServers = [server.address]
            configuration.dnsSeeds = [
                byService
                    ? .init(host: .name("_warren._tcp.warren.test"), port: nil)
                    : .init(host: .name("seeds.warren.test"), port: port)
            ]
        }
        let asked: PeerReference? = try await node.event { note in
            if case .asked(let peer) = note { peer } else { nil }
        }
        #expect(asked?.id == seed.key.id)
        await node.stop()
        await seed.stop()
    }

    @Test func `a local root's name is looked up again when its address does not answer`()
        async throws
    {
        let two = try await Subject()
        let port = two.node.listenAddress.port
        let old = try NameServer(["--host-record=relay.warren.test,127.0.0.9,900"])
        var topology = Topology()
        topology.localRoots = [
            .init(
                accessPoints: [.init(host: .name("relay.warren.test"), port: port)],
                hotValency: 1
            )
        ]
        let one = try await Subject(topology: topology) { $0.dnsServers = [old.address] }
        let dialed: PeerReference? = try await one.event { note in
            if case .dialing(let peer, _) = note { peer } else { nil }
        }
        #expect(dialed?.address == "127.0.0.9:\(port)")
        old.stop()
        let new = try NameServer(
            ["--host-record=relay.warren.test,127.0.0.1,900"],
            at: old.address
        )
        // Dials of one address are some seconds apart, and so are lookups of one name.
        let hot: PeerReference? = try await one.event(within: .seconds(30)) { note in
            if case .transition(let change) = note, change.to == .hot { change.peer } else { nil }
        }
        #expect(hot?.id == two.key.id)
        new.stop()
        await one.stop()
        await two.stop()
    }
}
