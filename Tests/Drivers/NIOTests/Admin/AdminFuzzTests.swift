import NIOCore
import Testing
import WarrenNIO
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

/// Mutated requests to the admin port.
///
/// What we decide ourselves — path, method and parameters — sees 10,000 of them. The HTTP below it
/// is SwiftNIO's, and a real server over real sockets sees one in ten.
@Suite(.timeLimit(.minutes(1))) struct AdminFuzzTests {
    private static let targets = [
        "/snapshot", "/events?from=7.9&follow=false", "/events?follow=false", "/status",
        "/net_info", "/metrics", "/healthz", "/tx", "/links", "/links/x",
        "/events?from=1.0&follow=true",
    ]

    private static let requests = targets.flatMap { target in
        [
            "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET \(target) HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n",
            "POST \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd",
            "PUT \(target) HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ]
    }

    /// Connections at once, below the server's limit.
    private static let batchSize = 100

    @Test func `mutated questions have a topic, or are refused with what was expected`() {
        var (topics, refusals) = (0, [Int: Int]())
        let lines = ["GET", "POST", "PUT", "DELETE"].flatMap { method in
            Self.targets.map { Array("\(method) \($0)".utf8) }
        }
        mutations(of: lines, seed: 0xAD) { bytes in
            let topic = AdminTopic(Self.question(bytes))
            guard case .refused(let refusal) = topic else {
                topics += 1
                return
            }
            refusals[refusal.status, default: 0] += 1
            #expect(!refusal.error.isEmpty && !refusal.expected.isEmpty)
            #expect(refusal.text.utf8.count < 2000)
        }
        #expect(topics > 20 && Set(refusals.keys) == [400, 404, 405], "\(refusals)")
    }

    /// As the server takes a request line apart.
    private static func question(_ bytes: [UInt8]) -> AdminQuestion {
        let text = String(decoding: bytes, as: UTF8.self)
        let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let target = words.count > 1 ? words[1] : ""
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var query: [String: String] = [:]
        if parts.count > 1 {
            for pair in parts[1].split(separator: "&") {
                let sides = pair.split(separator: "=", maxSplits: 1)
                guard let name = sides.first else { continue }
                query[String(name)] = sides.count > 1 ? String(sides[1]) : ""
            }
        }
        return AdminQuestion(
            method: String(words[0]),
            path: String(parts.first ?? ""),
            query: query
        )
    }

    @Test func `mutated requests over a socket are answered or cut off, and harm nobody else`()
        async throws
    {
        var limits = AdminServer.Limits()
        limits.idle = .seconds(1)
        let subject = try await Subject(limits: limits)
        var random = Random(seed: 0xAD1)
        var statuses: [Substring: Int] = [:]
        let samples = Self.requests.map { Array($0.utf8) }
        for _ in 0..<max(FuzzCount.value / 10 / Self.batchSize, 1) {
            // Together, since a connection that waits for the rest of a request ends in a second.
            let batch = try (0..<Self.batchSize).map { _ in
                var bytes = samples[random.below(samples.count)]
                for _ in 0...random.below(3) where !bytes.isEmpty { Self.mutate(&bytes, &random) }
                let socket = try RawSocket(to: subject.node.adminAddress)
                socket.write(bytes)
                socket.endWriting()
                return (socket, bytes)
            }
            for (socket, bytes) in batch {
                guard let answer = socket.readToEnd(within: .seconds(10)) else {
                    Issue.record("still open: \(String(decoding: bytes, as: UTF8.self))")
                    continue
                }
                let text = String(decoding: answer.prefix(12), as: UTF8.self)
                statuses[text.split(separator: " ").last ?? "none", default: 0] += 1
            }
        }
        #expect(statuses["200", default: 0] > 0 && statuses["400", default: 0] > 0, "\(statuses)")
        #expect(statuses.keys.allSatisfy { !$0.hasPrefix("500") }, "\(statuses)")
        #expect(try subject.get("/healthz").hasPrefix("HTTP/1.1 200"))
        await subject.stop()
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout Random) {
        let place = random.below(bytes.count)
        switch random.below(6) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8(random.below(256)), at: place)
        case 3: bytes.removeSubrange(place...)
        case 4: bytes.insert(contentsOf: Array("\r\n".utf8), at: place)
        default: bytes += Array(bytes[place...])
        }
    }
}
