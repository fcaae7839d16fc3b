import Foundation
import Testing
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Whole nodes on loopback.
@Suite(.timeLimit(.minutes(1))) struct NodeProcessTests {
    private func root(_ subject: Subject, hot: Int = 1) -> Topology {
        var topology = Topology()
        let address = subject.node.listenAddress
        topology.localRoots = [
            .init(
                accessPoints: [
                    .init(id: subject.key.id, host: .ip(address.ip), port: address.port)
                ],
                hotValency: hot
            )
        ]
        return topology
    }

    private func reached(_ level: Temperature, _ note: Note) -> PeerReference? {
        if case .transition(let change) = note, change.to == level { change.peer } else { nil }
    }

    @Test func `a node makes its local root hot, and both ends show it`() async throws {
        let two = try await Subject()
        let one = try await Subject(topology: root(two))
        let peer = try #require(try await one.event { reached(.hot, $0) })
        #expect(peer.id == two.key.id)
        let row = try #require(await one.snapshot().peers.first { $0.id == two.key.id })
        #expect(row.temperature == .hot)
        #expect(row.source == .localRoot)
        let connected: NodeID? = try await two.event { note in
            if case .connected(let peer, _, _) = note { peer.id } else { nil }
        }
        #expect(connected == one.key.id)
        let net = try one.body(of: "/net_info")
        #expect(net.contains("\"n_peers\":\"1\""))
        #expect(net.contains("\"id\":\"\(two.key.id)\""))
        #expect(net.contains("\"is_outbound\":true"))
        #expect(net.contains("\"SendMonitor\""))
        let metrics = try one.body(of: "/metrics")
        #expect(metrics.contains("\ncardano_node_metrics_peerSelection_Hot_int 1\n"))
        #expect(metrics.contains("\nwarren_transitions_total{from=\"warm\",to=\"hot\"} 1\n"))
        await one.stop()
        await two.stop()
    }

    @Test func `a node that only initiates holds no port and announces none`() async throws {
        let two = try await Subject()
        // Its port is somebody else's, which the kernel would not have if it listened too.
        let holder = try await Subject()
        let one = try await Subject(topology: root(two)) {
            $0.diffusionMode = .initiatorOnly
            $0.listenAddress = holder.node.listenAddress
        }
        #expect(one.node.listenAddress.port == 0)
        #expect(try await one.event { reached(.hot, $0) }?.id == two.key.id)
        let met: NodeID? = try await two.event { note in
            if case .connected(let peer, _, .inbound) = note { peer.id } else { nil }
        }
        #expect(met == one.key.id)
        let seen = try two.body(of: "/net_info")
        #expect(seen.contains("\"listen_addr\":\"tcp://127.0.0.1:0\""), "nobody can dial it")
        #expect(await one.snapshot().node.listenAddress == nil)
        #expect(try one.body(of: "/net_info").contains("\"listening\":false"))
        await one.stop()
        await two.stop()
        await holder.stop()
    }

    @Test func `two nodes meet over IPv6, and say so`() async throws {
        let loopback = try #require(IPAddress("::1"))
        let anyPort = HostPort(ip: loopback, port: 0)
        let two = try await Subject {
            $0.listenAddress = anyPort
            $0.adminAddress = anyPort
        }
        #expect(two.node.listenAddress.ip == loopback)
        #expect(two.node.adminAddress.ip == loopback)
        let one = try await Subject(topology: root(two)) {
            $0.listenAddress = anyPort
            $0.adminAddress = anyPort
        }
        let peer = try #require(try await one.event { reached(.hot, $0) })
        #expect(peer.id == two.key.id)
        #expect(peer.address == "[::1]:\(two.node.listenAddress.port)")
        let net = try two.body(of: "/net_info")
        #expect(net.contains("\"remote_ip\":\"::1\""))
        #expect(net.contains("\"listen_addr\":\"tcp://[::1]:\(one.node.listenAddress.port)\""))
        #expect(HealthProbe.ask(host: "::1", port: two.node.adminAddress.port) == .healthy)
        await one.stop()
        await two.stop()
    }

    @Test func `events stream live, from any place, and each line is an event`() async throws {
        let two = try await Subject()
        let one = try await Subject(topology: root(two))
        let live = try RawSocket(to: one.node.adminAddress)
        live.write(Array("GET /events HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        _ = try #require(try await one.event { reached(.hot, $0) })
        let lines = try one.body(of: "/events?follow=false")
        // A body without a length comes in chunks: lines between the chunks' sizes.
        let events = lines.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("{") }
        let decoded = try events.map {
            try JSONDecoder().decode(EventLine.self, from: Data($0.utf8))
        }
        #expect(decoded.count >= 3)
        var last: UInt64 = 0
        for case .event(let event) in decoded {
            #expect(event.sequence == last + 1)
            last = event.sequence
        }
        guard case .event(let first) = try #require(decoded.first) else {
            Issue.record("a gap at the start of a life")
            return
        }
        let tail = try one.body(of: "/events?from=\(first.incarnation).\(last)&follow=false")
        #expect(tail.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("{") }.count >= 1)
        let lost = try one.body(of: "/events?from=\(first.incarnation &+ 1).5&follow=false")
        #expect(lost.contains("\"kind\":\"gap\""))
        var seen = ""
        while !seen.contains("\"to\":\"hot\"") {
            guard case .bytes(let bytes) = live.read(within: .seconds(5)) else { break }
            seen += String(decoding: bytes, as: UTF8.self)
        }
        #expect(seen.contains("\"to\":\"hot\""))
        await one.stop()
        #expect(live.readToEnd(within: .seconds(5)) != nil)
        await two.stop()
    }

    @Test func `a peer that stops becomes cold again, with the reason`() async throws {
        let two = try await Subject()
        let one = try await Subject(topology: root(two))
        _ = try #require(try await one.event { reached(.hot, $0) })
        #expect(await two.stop() == .asked)
        let reason: CloseReason? = try await one.event { note in
            if case .disconnected(_, _, let reason) = note { reason } else { nil }
        }
        // A socket that is closed with bytes unread, as a keep-alive may be, is reset.
        #expect(reason == .closedByPeer || reason == .resetByPeer)
        _ = try #require(try await one.event { reached(.cold, $0) })
        await one.stop()
    }

    @Test func `a new topology is taken while the node runs`() async throws {
        let two = try await Subject()
        let one = try await Subject()
        await one.node.shell.take(.topology(root(two)))
        _ = try #require(try await one.event { reached(.hot, $0) })
        await one.stop()
        await two.stop()
    }

    @Test func `a node that is asked to stop is gone within two seconds`() async throws {
        let two = try await Subject()
        let one = try await Subject(topology: root(two))
        _ = try #require(try await one.event { reached(.hot, $0) })
        let start = ContinuousClock.now
        #expect(await one.stop() == .asked)
        #expect(start.duration(to: .now) < .seconds(2))
        #expect(await one.node.shell.complaint == "the node has stopped")
        await two.stop()
    }

    @Test func `a port in use is named, with who holds it`() async throws {
        let two = try await Subject()
        let taken = two.node.listenAddress
        let error = await #expect(throws: NodeProcess.Flaw.self) {
            try await Subject { $0.listenAddress = taken }
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("ListenAddress \(taken): the port is in use by process "))
        await two.stop()
    }

    @Test func `strangers leave nothing behind`() async throws {
        let one = try await Subject { $0.handshakeTimeout = .milliseconds(300) }
        let strangers = try (0..<10).map { _ in try RawSocket(to: one.node.listenAddress) }
        for stranger in strangers { #expect(stranger.readToEnd(within: .seconds(5)) != nil) }
        #expect(try one.body(of: "/metrics").contains("\nwarren_sockets 0\n"))
        await one.stop()
    }
}
