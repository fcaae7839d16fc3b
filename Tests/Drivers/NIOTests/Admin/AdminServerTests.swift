import Foundation
import NIOCore
import Testing
import WarrenNIO
import WarrenObservation
import WarrenPrimitives

@Suite(.timeLimit(.minutes(1))) struct AdminServerTests {
    @Test func `a snapshot is one JSON object of its schema, with ports that were chosen`()
        async throws
    {
        let subject = try await Subject()
        let text = try subject.body(of: "/snapshot")
        let snapshot = try JSONDecoder().decode(Snapshot.self, from: Data(text.utf8))
        #expect(snapshot.schema == .one)
        #expect(snapshot.node.listenAddress == "\(subject.node.listenAddress)")
        #expect(snapshot.node.adminAddress == "\(subject.node.adminAddress)")
        await subject.stop()
    }

    /// Accepted and not looked at yet: what a server that is cut off would drop.
    @Test func `a server that ends while connections come in ends well`() async throws {
        for _ in 0..<10 {
            let subject = try await Subject()
            let address = subject.node.adminAddress
            let knocking = Task.detached {
                var open: [RawSocket] = []
                while let socket = try? RawSocket(to: address), open.count < 200 {
                    open.append(socket)
                }
            }
            await subject.stop()
            await knocking.value
        }
    }

    @Test func `status and net_info have CometBFT's shape`() async throws {
        let subject = try await Subject()
        func result(_ path: String) throws -> [String: Any] {
            let json = try JSONSerialization.jsonObject(with: Data(try subject.body(of: path).utf8))
            let object = try #require(json as? [String: Any])
            #expect(object["jsonrpc"] as? String == "2.0")
            #expect(object["id"] as? Int == -1)
            return try #require(object["result"] as? [String: Any])
        }
        let net = try result("/net_info")
        #expect(net["listening"] as? Bool == true)
        #expect(net["n_peers"] as? String == "0")
        #expect((net["peers"] as? [Any])?.count == 0)
        #expect(net["listeners"] as? [String] == ["Listener(@)"])
        let status = try result("/status")
        let info = try #require(status["node_info"] as? [String: Any])
        #expect(info["id"] as? String == "\(subject.key.id)")
        #expect(info["network"] as? String == "subject")
        #expect(info["listen_addr"] as? String == "tcp://\(subject.node.listenAddress)")
        let version = try #require(info["protocol_version"] as? [String: Any])
        #expect(version["p2p"] as? String == "8")
        #expect(version["block"] as? String == "11")
        let sync = try #require(status["sync_info"] as? [String: Any])
        #expect(sync["latest_block_height"] as? String == "0")
        await subject.stop()
    }

    @Test func `metrics and health answer, and the health probe agrees`() async throws {
        let subject = try await Subject()
        let metrics = try subject.get("/metrics")
        #expect(metrics.contains("text/plain; version=0.0.4"))
        #expect(metrics.contains("cometbft_p2p_peers{chain_id="))
        #expect(try subject.get("/healthz").hasPrefix("HTTP/1.1 200"))
        let admin = subject.node.adminAddress
        let host = "\(admin.ip)"
        #expect(HealthProbe.ask(host: host, port: admin.port) == .healthy)
        await subject.stop()
        let verdict = HealthProbe.ask(host: host, port: subject.node.adminAddress.port)
        #expect(verdict != .healthy)
    }

    @Test func `bad requests are told what was expected`() async throws {
        let subject = try await Subject()
        func head(_ method: String, _ target: String, _ more: String = "") throws -> String {
            let request =
                "\(method) \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(more)\r\n"
            return try subject.ask(request) ?? "nothing"
        }
        #expect(try head("GET", "/nope").hasPrefix("HTTP/1.1 404"))
        #expect(try head("PUT", "/snapshot").hasPrefix("HTTP/1.1 405"))
        #expect(try head("POST", "/tx", "Content-Length: 0\r\n").hasPrefix("HTTP/1.1 415"))
        #expect(try head("PUT", "/links/x", "Content-Length: 0\r\n").hasPrefix("HTTP/1.1 400"))
        let bad = try head("GET", "/events?from=x")
        #expect(bad.hasPrefix("HTTP/1.1 400"))
        #expect(bad.contains("\"expected\":\"from=I.N"))
        await subject.stop()
    }

    @Test func `requests past a limit are refused, those on it are not`() async throws {
        let limits = AdminServer.Limits()
        let subject = try await Subject()
        func get(_ target: String, _ more: String = "") throws -> String {
            try subject.ask(
                "GET \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(more)\r\n"
            ) ?? "nothing"
        }
        let path = "/healthz?"
        let fits = path + String(repeating: "a", count: limits.target - path.utf8.count)
        #expect(try get(fits).hasPrefix("HTTP/1.1 400"))
        #expect(try get(fits + "a").hasPrefix("HTTP/1.1 414"))
        let long = "A: " + String(repeating: "a", count: limits.headers + 1) + "\r\n"
        #expect(!(try get("/healthz", long).hasPrefix("HTTP/1.1 200")))
        let body = "Content-Length: \(limits.body + 1)\r\n"
        #expect(try get("/healthz", body).hasPrefix("HTTP/1.1 413"))
        let chunked = "Transfer-Encoding: chunked\r\n"
        #expect(try get("/healthz", chunked).hasPrefix("HTTP/1.1 413"))
        #expect(try subject.ask("garbage\r\n\r\n")?.hasPrefix("HTTP/1.1 400") == true)
        await subject.stop()
    }

    @Test func `the idle and the dripping are cut off, and idle ones do not keep others out`()
        async throws
    {
        var limits = AdminServer.Limits()
        limits.idle = .milliseconds(300)
        limits.connections = 4
        let subject = try await Subject(limits: limits)
        let address = subject.node.adminAddress
        let idle = try (0..<4).map { _ in try RawSocket(to: address) }
        // It waits for one of the idle to be cut off.
        #expect(try subject.get("/healthz").hasPrefix("HTTP/1.1 200"))
        for socket in idle { #expect(socket.readToEnd(within: .seconds(5)) == []) }
        let dripping = try RawSocket(to: address)
        var isOver = false
        let start = ContinuousClock.now
        while !isOver, start.duration(to: .now) < .seconds(5) {
            dripping.write(Array("G".utf8))
            isOver = dripping.read(within: .milliseconds(50)) == .closed
        }
        #expect(isOver)
        await subject.stop()
    }

    @Test func `readers of events are bounded, and one that leaves makes room`() async throws {
        let subject = try await Subject()
        let request = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"
        func reader() throws -> (socket: RawSocket, head: String) {
            let socket = try RawSocket(to: subject.node.adminAddress)
            socket.write(Array(request.utf8))
            guard case .bytes(let bytes) = socket.read(within: .seconds(5)) else {
                return (socket, "nothing")
            }
            return (socket, String(decoding: bytes, as: UTF8.self))
        }
        var readers: [RawSocket] = []
        for _ in 0..<NodeShell.readerLimit {
            let (socket, head) = try reader()
            #expect(head.hasPrefix("HTTP/1.1 200"))
            readers.append(socket)
        }
        #expect(try reader().head.hasPrefix("HTTP/1.1 503"))
        readers.removeLast()
        let deadline = ContinuousClock.now.advanced(by: .seconds(40))
        var head = ""
        while !head.hasPrefix("HTTP/1.1 200"), ContinuousClock.now < deadline {
            head = try reader().head
        }
        #expect(head.hasPrefix("HTTP/1.1 200"))
        await subject.stop()
    }
}
