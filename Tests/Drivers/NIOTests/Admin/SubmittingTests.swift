import Foundation
import Testing
import WarrenChain
import WarrenNIO
import WarrenNode
import WarrenObservation
import WarrenPrimitives

/// `POST /tx` of a whole node over a socket.
@Suite(.timeLimit(.minutes(1))) struct SubmittingTests {
    /// A network whose only producer is somebody else.
    private static func genesis(bodySize: Int = 90_112) -> Genesis {
        var genesis = Genesis(
            producers: [
                .init(name: "one", key: Hash(NodeKey.fresh.publicKey) ?? .zero, stake: 1)
            ]
        )
        genesis.network = "subject"
        genesis.startTime = SystemClock().now
        genesis.maxBodySize = bodySize
        return genesis
    }

    private func post(
        _ body: [UInt8],
        to subject: Subject,
        type: String = "application/octet-stream",
        _ more: String = ""
    ) throws -> String {
        let head =
            "POST /tx HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: \(type)\r\n"
            + "Content-Length: \(body.count)\r\n\(more)\r\n"
        let socket = try RawSocket(to: subject.node.adminAddress)
        socket.write(Array(head.utf8) + body)
        return socket.readToEnd(within: .seconds(10)).map { String(decoding: $0, as: UTF8.self) }
            ?? "nothing"
    }

    /// Asks again while the node still reads its store.
    private func settled(_ ask: () throws -> String) throws -> String {
        let deadline = ContinuousClock.now.advanced(by: .seconds(10))
        var answer = try ask()
        while answer.hasPrefix("HTTP/1.1 503"), ContinuousClock.now < deadline {
            answer = try ask()
        }
        return answer
    }

    @Test func `a transaction that is submitted is in the pool, on record, and known from then on`()
        async throws
    {
        let subject = try await Subject(genesis: Self.genesis())
        let transaction = Transaction(.payload([1, 2, 3]))
        let first = try settled { try post(transaction.encoding, to: subject) }
        #expect(first.hasPrefix("HTTP/1.1 202"))
        #expect(first.hasSuffix("{\"id\":\"\(transaction.id)\",\"admission\":\"added\"}\n"))
        // The event is there at once: nothing else had to happen first.
        let sighted: Hash? = try await subject.event(within: .seconds(5)) { note in
            guard case .chain(.sighted(let id, from: nil)) = note else { return nil }
            return id
        }
        #expect(sighted == transaction.id)
        let again = try post(
            Array("{\"payload\":\"010203\"}".utf8),
            to: subject,
            type: "application/json"
        )
        #expect(again.hasPrefix("HTTP/1.1 200"))
        #expect(again.contains("\"admission\":\"known\""))
        #expect(await subject.snapshot().mempool?.count == 1)
        await subject.stop()
    }

    @Test func `a body on the limit is read, and one past it is not`() async throws {
        let subject = try await Subject(genesis: Self.genesis())
        func status(_ count: Int) throws -> String {
            let body = [UInt8](repeating: 0, count: count)
            return String(try settled { try post(body, to: subject) }.prefix(12))
        }
        #expect(try status(Transaction.byteLimit) == "HTTP/1.1 400")
        #expect(try status(Transaction.byteLimit + 1) == "HTTP/1.1 413")
        #expect(try status(AdminServer.Limits().body) == "HTTP/1.1 413")
        let largest = Transaction(
            .payload([UInt8](repeating: 7, count: Transaction.payloadByteLimit))
        )
        #expect(try post(largest.encoding, to: subject).hasPrefix("HTTP/1.1 202"))
        #expect(try post([1], to: subject, type: "text/plain").hasPrefix("HTTP/1.1 415"))
        await subject.stop()
    }

    @Test func `what no block could hold is refused with its reason`() async throws {
        let subject = try await Subject(genesis: Self.genesis(bodySize: 1024))
        let large = Transaction(.payload([UInt8](repeating: 7, count: 1100)))
        let answer = try settled { try post(large.encoding, to: subject) }
        #expect(answer.hasPrefix("HTTP/1.1 413"))
        #expect(answer.contains("\"admission\":\"tooLarge\",\"error\":"))
        await subject.stop()
    }

    @Test func `a node without a chain says so`() async throws {
        let subject = try await Subject()
        let answer = try post(Transaction(.payload([1])).encoding, to: subject)
        #expect(answer.hasPrefix("HTTP/1.1 501"))
        #expect(answer.contains("has no chain"))
        await subject.stop()
    }

    @Test func `without the token nothing is taken, and with it all is`() async throws {
        let token = "only-for-those-who-know"
        let subject = try await Subject(genesis: Self.genesis()) { $0.adminToken = token }
        let body = Transaction(.payload([1])).encoding
        let strange = try post(body, to: subject)
        #expect(strange.hasPrefix("HTTP/1.1 401"))
        #expect(strange.lowercased().contains("www-authenticate: bearer"))
        #expect(!strange.contains(token))
        let right = "Authorization: Bearer \(token)\r\n"
        #expect(try settled { try post(body, to: subject, right) }.hasPrefix("HTTP/1.1 202"))
        // Looking needs none.
        #expect(try subject.get("/healthz").hasPrefix("HTTP/1.1 200"))
        await subject.stop()
    }
}
