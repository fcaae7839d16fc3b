import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `A node's events` {
    @Test(arguments: EventLine.samples)
    func `survive JSON and keep to the schema`(line: EventLine) throws {
        let json = try JSONEncoder().encode(line)
        #expect(try JSONDecoder().decode(EventLine.self, from: json) == line)
        #expect(try Schema("event").complaints(json) == [])
    }

    @Test func `are flat objects with stable words`() throws {
        let transition = Transition(
            peer: PeerReference(peer: .init(rawValue: 3), id: nodeID(0xAB), address: "h:1"),
            from: .cold,
            to: .warm,
            reason: .belowTarget(.established, 8),
            source: .addressBook,
            direction: .outbound
        )
        let event = Event(
            incarnation: .max,
            sequence: 12,
            at: Instant(nanoseconds: 5),
            note: .transition(transition)
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let id = String(repeating: "ab", count: 20)
        #expect(
            String(decoding: try encoder.encode(EventLine.event(event)), as: UTF8.self) == """
                {"address":"h:1","at":5,"detail":"established 8","direction":"outbound",\
                "from":"cold","id":"\(id)","incarnation":"18446744073709551615",\
                "kind":"transition","peer":3,"reason":"belowTarget","sequence":12,\
                "source":"addressBook","to":"warm"}
                """
        )
    }

    @Test(arguments: [
        (#"{"kind":"wave"}"#, "'wave' is no kind of event; the kinds are transition, merged"),
        (#"{"kind":"gap","incarnation":"1x","from":1}"#, "'1x' is no incarnation"),
        (#"{"kind":"gap","incarnation":"01","from":1}"#, "'01' is no incarnation"),
        (
            #"{"kind":"dialing","incarnation":"1","sequence":1,"at":1,"peer":1,"connection":"x-1"}"#,
            "'x-1' is no connection: expected out-N or in-N"
        ),
        (
            #"{"kind":"dialing","incarnation":"1","sequence":1,"at":1,"peer":1,"connection":"in-9223372036854775808"}"#,
            "is no connection: expected out-N or in-N"
        ),
        (
            #"{"kind":"transition","incarnation":"1","sequence":1,"at":1,"peer":1,"from":"cold","to":"hot","source":"seed","reason":"belowTarget","detail":"group 1"}"#,
            "'belowTarget' with detail 'group 1' is no reason for a transition; the codes are learnt"
        ),
    ])
    func `say what is wrong with a line`(line: String, complaint: String) throws {
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(EventLine.self, from: Data(line.utf8))
        }
        #expect(String(describing: try #require(error)).contains(complaint))
    }

    @Test func `cannot be gaps`() throws {
        let gap = try JSONEncoder().encode(EventLine.gap(.init(incarnation: 1, from: 1, to: nil)))
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Event.self, from: gap) }
    }

    @Test func `withstand mutated lines`() throws {
        let lines = try EventLine.samples.map { Array(try JSONEncoder().encode($0)) }
        mutations(of: lines, seed: 0x0B5) { bytes in
            guard let line = try? JSONDecoder().decode(EventLine.self, from: Data(bytes)) else {
                return
            }
            let json = try? JSONEncoder().encode(line)
            #expect(
                json.flatMap { try? JSONDecoder().decode(EventLine.self, from: $0) } == line,
                "what is read can be written"
            )
        }
    }
}

@Suite struct `A reason` {
    @Test(arguments: Reason.samples)
    func `survives as code and detail`(reason: Reason) {
        #expect(Reason(code: reason.code, detail: reason.detail) == reason)
    }

    @Test(arguments: [
        ("learnt", "x"), ("closed", nil), ("closed", "tired"), ("belowTarget", "established"),
        ("belowTarget", "established 08"), ("aboveValency", "established 8"), ("bored", nil),
        ("belowTarget", "established +8"), ("belowTarget", "established 8 "),
    ])
    func `is nothing else`(code: String, detail: String?) {
        #expect(Reason(code: code, detail: detail) == nil)
    }

    @Test(arguments: [
        (
            Reason.belowTarget(.active, 4), Temperature.warm, Temperature.hot,
            "promoted to reach target.active 4"
        ),
        (.closed(.pongTimeout), .hot, .cold, "demoted as its connection ended: pongTimeout"),
        (.learnt, .unknown, .cold, "learnt"),
        (.banned, .cold, .unknown, "forgotten as it is banned"),
        (.belowValency(group: 1), .cold, .warm, "promoted to reach the valency of group 1"),
    ])
    func `reads as a sentence`(
        reason: Reason,
        from: Temperature,
        to: Temperature,
        sentence: String
    ) {
        #expect(reason.sentence(from: from, to: to) == sentence)
    }
}

@Suite struct `A position` {
    @Test(arguments: ["0.0", "1.12", "18446744073709551615.18446744073709551615"])
    func `is written as it is read`(text: String) throws {
        #expect(try #require(EventPosition(text)).description == text)
    }

    @Test(arguments: ["", ".", "1", "1.", ".1", "1.2.3", "01.2", "1.+2", "1.18446744073709551616"])
    func `is nothing else`(text: String) {
        #expect(EventPosition(text) == nil)
    }
}
