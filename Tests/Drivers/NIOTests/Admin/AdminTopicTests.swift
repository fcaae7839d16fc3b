import Testing
import WarrenNIO
import WarrenObservation

@Suite struct AdminTopicTests {
    private func topic(
        _ method: String,
        _ path: String,
        _ query: [String: String] = [:]
    ) -> AdminTopic {
        AdminTopic(AdminQuestion(method: method, path: path, query: query))
    }

    private func refusal(_ topic: AdminTopic) -> AdminRefusal? {
        if case .refused(let refusal) = topic { refusal } else { nil }
    }

    @Test func `every path has its topic`() {
        #expect(topic("GET", "/snapshot") == .snapshot)
        #expect(topic("GET", "/status") == .status)
        #expect(topic("GET", "/net_info") == .netInfo)
        #expect(topic("GET", "/metrics") == .metrics)
        #expect(topic("GET", "/healthz") == .health)
        #expect(topic("POST", "/tx") == .submit)
        #expect(topic("GET", "/events") == .events(from: nil, follow: true))
        let place = EventPosition(incarnation: 7, sequence: 9)
        #expect(
            topic("GET", "/events", ["from": "7.9", "follow": "false"])
                == .events(from: place, follow: false)
        )
    }

    @Test func `an unknown path is told all that there are`() throws {
        let refusal = try #require(self.refusal(topic("GET", "/peers")))
        #expect(refusal.status == 404)
        for path in ["/snapshot", "/events", "/status", "/net_info", "/metrics", "/healthz"] {
            #expect(refusal.expected.contains("GET \(path)"))
        }
        #expect(refusal.expected.contains("POST /tx"))
        for words in ["GET /links", "PUT /links/NAME", "DELETE /links/NAME"] {
            #expect(refusal.expected.contains(words))
        }
    }

    @Test func `a wrong method names the right one`() {
        #expect(refusal(topic("POST", "/snapshot"))?.status == 405)
        #expect(refusal(topic("GET", "/tx"))?.expected == "POST")
    }

    @Test(arguments: ["", "7", "7.", ".9", "7.9.1", "-1.2", "07.9", "7.09", "x.y", "7.9 "])
    func `a place that is none is refused`(from: String) {
        #expect(refusal(topic("GET", "/events", ["from": from]))?.status == 400)
    }

    @Test func `parameters that mean nothing are refused`() {
        #expect(refusal(topic("GET", "/events", ["follow": "yes"]))?.status == 400)
        #expect(refusal(topic("GET", "/events", ["since": "1.1"]))?.status == 400)
        #expect(refusal(topic("GET", "/snapshot", ["a": "b"]))?.status == 400)
        #expect(refusal(topic("POST", "/tx", ["a": "b"]))?.status == 400)
    }

    @Test func `rules over links have a name and two methods`() {
        #expect(topic("GET", "/links") == .links)
        #expect(topic("PUT", "/links/split") == .layLink("split"))
        #expect(topic("DELETE", "/links/fault-1:2_a.B") == .liftLink("fault-1:2_a.B"))
        #expect(refusal(topic("GET", "/links/split"))?.status == 405)
        #expect(refusal(topic("GET", "/links/split"))?.expected == "PUT, DELETE")
        #expect(refusal(topic("PUT", "/links"))?.status == 405)
        #expect(refusal(topic("PUT", "/links/split", ["for": "1"]))?.status == 400)
        let longest = String(repeating: "x", count: 100)
        #expect(topic("PUT", "/links/\(longest)") == .layLink(longest))
        for name in ["", "a/b", "a%20b", "a b", "é", longest + "x"] {
            #expect(refusal(topic("PUT", "/links/\(name)"))?.status == 400, "\(name)")
        }
    }

    @Test func `a refusal is a JSON object with both halves`() {
        let refusal = AdminRefusal(400, "from is '\"'", expected: "I.N")
        #expect(refusal.text == "{\"error\":\"from is '\\\"'\",\"expected\":\"I.N\"}\n")
    }
}
