import Foundation
import Testing
import WarrenNIO
import WarrenNode
import WarrenPrimitives
import WarrenSupport

/// `/links` of a whole node over a socket.
@Suite(.timeLimit(.minutes(1))) struct LinkRequestTests {
    private func ask(
        _ method: String,
        _ name: String,
        _ body: String = "",
        of subject: Subject,
        _ more: String = ""
    ) throws -> (status: String, body: String) {
        let request =
            "\(method) /links/\(name) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\(more)\r\n\(body)"
        let answer = try subject.ask(request) ?? ""
        let body = answer.components(separatedBy: "\r\n\r\n").dropFirst().joined()
        return (String(answer.dropFirst(9).prefix(3)), body)
    }

    private func rules(of subject: Subject) throws -> [[String: Any]] {
        let text = try subject.body(of: "/links")
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return try #require(object?["rules"] as? [[String: Any]])
    }

    @Test func `a rule is laid, shown, replaced and ended`() async throws {
        let subject = try await Subject()
        #expect(try rules(of: subject).isEmpty)
        let slow =
            "{\"peers\":[\"127.9.0.0/16\"],\"rtt\":0.08,\"jitter\":0.005,\"loss\":0.01,"
            + "\"bandwidth\":8000000}"
        let laid = try ask("PUT", "slow", slow, of: subject)
        #expect(laid.status == "200")
        #expect(laid.body.contains("\"name\": \"slow\""))
        let found = try #require(try rules(of: subject).first)
        #expect(found["name"] as? String == "slow")
        #expect(found["peers"] as? [String] == ["127.9.0.0/16"])
        #expect(found["rtt"] as? Double == 0.08)
        #expect(found["jitter"] as? Double == 0.005)
        #expect(found["loss"] as? Double == 0.01)
        #expect(found["bandwidth"] as? Int == 8_000_000)
        #expect(found["cut"] == nil && found["until"] == nil)
        let cut = "{\"peers\":[\"127.9.0.1\"],\"cut\":\"hang\",\"direction\":\"in\",\"for\":60}"
        #expect(try ask("PUT", "slow", cut, of: subject).status == "200")
        let second = try #require(try rules(of: subject).first)
        #expect(second["cut"] as? String == "hang")
        #expect(second["direction"] as? String == "in")
        let until = try #require(second["until"] as? String)
        let end = try #require(
            try? Date(
                until,
                strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true)
            )
        )
        #expect((50...61).contains(end.timeIntervalSinceNow))
        #expect(
            try ask("DELETE", "slow", of: subject).body == "{\"name\":\"slow\",\"ended\":true}\n"
        )
        let again = try ask("DELETE", "slow", of: subject)
        #expect(again.status == "200")
        #expect(again.body == "{\"name\":\"slow\",\"ended\":false}\n")
        #expect(try rules(of: subject).isEmpty)
        await subject.stop()
    }

    @Test func `small numbers may have an exponent, as encoders write them`() throws {
        let body = "{\"peers\":[\"127.9.0.1\"],\"rtt\":5e-05,\"loss\":1e-05,\"for\":2.5E1}"
        let asked = try LinkRequest(Array(body.utf8))
        #expect(asked.rule.quality.roundTrip == .microseconds(50))
        #expect(asked.rule.quality.lossMillionths == 10)
        #expect(asked.ending == .after(.seconds(25)))
        for number in ["1e300", "-1e-3", "1e-9000"] {
            let odd = "{\"peers\":[\"127.9.0.1\"],\"rtt\":\(number)}"
            #expect(throws: AdminRefusal.self) { try LinkRequest(Array(odd.utf8)) }
        }
    }

    @Test func `what is wrong with a rule is said, and changes nothing`() async throws {
        let subject = try await Subject()
        let wrong = [
            ("", "the rule is nothing"),
            ("{", "body"),
            ("[]", "a map of keys"),
            ("{\"peers\":[\"relay-1\"],\"cut\":\"hang\"}", "'relay-1'"),
            ("{\"peers\":[\"127.0.0.1\"]}", "changes nothing"),
            ("{\"peers\":[\"127.0.0.1\"],\"cut\":\"hang\",\"for\":0}", "'for'"),
            ("{\"peers\":[\"127.0.0.1\"],\"cut\":\"hang\",\"until\":\"soon\"}", "an instant such"),
            (
                "{\"peers\":[\"127.0.0.1\"],\"cut\":\"hang\",\"until\":\"2020-01-01T00:00:00Z\"}",
                "which is over"
            ),
            (
                "{\"peers\":[\"127.0.0.1\"],\"cut\":\"hang\",\"for\":1,"
                    + "\"until\":\"2020-01-01T00:00:00Z\"}",
                "both 'for' and 'until'"
            ),
        ]
        for (body, expected) in wrong {
            let answer = try ask("PUT", "x", body, of: subject)
            #expect(answer.status == "400", "\(body)")
            #expect(answer.body.contains(expected), "\(answer.body)")
        }
        #expect(try rules(of: subject).isEmpty)
        #expect(try ask("GET", "x", of: subject).status == "405")
        let large = String(repeating: " ", count: AdminServer.Limits().body + 1)
        #expect(try ask("PUT", "x", large, of: subject).status == "413")
        await subject.stop()
    }

    @Test func `mutated rules are read, or refused with what was expected`() {
        let bodies = [
            "{\"peers\":[\"127.9.0.0/16\",\"::1\"],\"rtt\":0.08,\"jitter\":5e-3,\"loss\":0.01,"
                + "\"bandwidth\":8000000,\"for\":30}",
            "{\"peers\":[\"127.9.0.1\"],\"cut\":\"hang\",\"direction\":\"out\","
                + "\"until\":\"2026-11-21T10:14:33.5Z\"}",
        ]
        var (read, refused) = (0, 0)
        mutations(of: bodies.map { Array($0.utf8) }, seed: 0x11) { bytes in
            do throws(AdminRefusal) {
                let asked = try LinkRequest(bytes)
                #expect(asked.rule.cut != nil || asked.rule.quality != .perfect)
                read += 1
            } catch {
                #expect(error.status == 400 && !error.error.isEmpty)
                refused += 1
            }
        }
        #expect(read > 0 && refused > 100, "\(read) \(refused)")
    }

    @Test func `there is room for sixty-four rules, and not one more`() async throws {
        let subject = try await Subject()
        let rule = "{\"peers\":[\"127.9.0.1\"],\"cut\":\"hang\"}"
        for number in 0..<LinkRules.limit {
            #expect(try ask("PUT", "\(number)", rule, of: subject).status == "200")
        }
        #expect(try ask("PUT", "more", rule, of: subject).status == "409")
        #expect(try ask("PUT", "0", rule, of: subject).status == "200")
        await subject.stop()
    }

    @Test func `without the token nothing is changed`() async throws {
        let token = "only-for-those-who-know"
        let subject = try await Subject { $0.adminToken = token }
        let rule = "{\"peers\":[\"0.0.0.0/0\",\"::/0\"],\"cut\":\"hang\"}"
        #expect(try ask("PUT", "x", rule, of: subject).status == "401")
        #expect(try ask("DELETE", "x", of: subject).status == "401")
        let right = "Authorization: Bearer \(token)\r\n"
        #expect(try ask("PUT", "x", rule, of: subject, right).status == "200")
        // The admin port is nobody's peer.
        #expect(try subject.get("/healthz").hasPrefix("HTTP/1.1 200"))
        #expect(try rules(of: subject).count == 1)
        #expect(try ask("DELETE", "x", of: subject, right).status == "200")
        await subject.stop()
    }
}
