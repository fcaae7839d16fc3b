import Testing
import WarrenNIO
import WarrenNode
import WarrenPrimitives
import WarrenSupport

struct DNSAnswerTests {
    private static let ip: [UInt8] = [192, 0, 2, 1]

    private static var a: DNSMessage {
        var message = DNSMessage("Relay.Warren.test", .a, answers: 2)
        message.record(nil, type: 1, ttl: 70, ip)
        message.record("relay.warren.TEST", type: 1, ttl: 90, [192, 0, 2, 2])
        return message
    }

    private static var aaaa: DNSMessage {
        var message = DNSMessage("relay.warren.test", .aaaa, answers: 1)
        message.record(nil, type: 28, ttl: 7, [0xFD] + [UInt8](repeating: 0, count: 14) + [1])
        return message
    }

    private static var srv: DNSMessage {
        var message = DNSMessage("_warren._tcp.warren.test", .srv, answers: 3)
        message.service(1, 2, 3001, DNSMessage.name("One.warren.test"), ttl: 300)
        // The target's tail is the question's.
        message.service(0, 0, 3002, [3, 116, 119, 111, 0xC0, 25], ttl: 200)
        message.service(0, 0, 0, [0], ttl: 100)
        return message
    }

    private static var alias: DNSMessage {
        var message = DNSMessage("www.warren.test", .a, answers: 4)
        message.record("b.warren.test", type: 1, ttl: 500, ip)
        message.record("a.warren.test", type: 5, ttl: 80, DNSMessage.name("b.warren.test"))
        message.record(nil, type: 5, ttl: 600, DNSMessage.name("a.warren.test"))
        message.record("stranger.test", type: 1, ttl: 900, [6, 6, 6, 6])
        return message
    }

    @Test func `addresses are read with the longest time to live`() throws {
        let answer = try DNSAnswer(Self.a.bytes, kind: .a)
        #expect(answer.addresses.map(\.description) == ["192.0.2.1", "192.0.2.2"])
        #expect(answer.ttl == .seconds(90))
        let six = try DNSAnswer(Self.aaaa.bytes, kind: .aaaa)
        #expect(six.addresses.map(\.description) == ["fd00::1"])
        #expect(six.ttl == .seconds(7))
    }

    @Test func `services are read, with names that point elsewhere`() throws {
        let answer = try DNSAnswer(Self.srv.bytes, kind: .srv)
        #expect(
            answer.services == [
                .init(priority: 1, weight: 2, port: 3001, target: "one.warren.test"),
                .init(priority: 0, weight: 0, port: 3002, target: "two.warren.test"),
                .init(priority: 0, weight: 0, port: 0, target: ""),
            ]
        )
        #expect(answer.ttl == .seconds(300))
    }

    @Test func `aliases are followed in any order, and strangers' records are not believed`() throws
    {
        let answer = try DNSAnswer(Self.alias.bytes, kind: .a)
        #expect(answer.addresses.map(\.description) == ["192.0.2.1"])
        #expect(answer.ttl == .seconds(80))
    }

    @Test func `aliases that go round in circles lead nowhere`() throws {
        var message = DNSMessage("a.test", .a, answers: 2)
        message.record("a.test", type: 5, ttl: 1, DNSMessage.name("b.test"))
        message.record("b.test", type: 5, ttl: 1, DNSMessage.name("a.test"))
        #expect(try DNSAnswer(message.bytes, kind: .a).addresses == [])
    }

    @Test func `as many aliases are followed as the limit says, and no more`() throws {
        for count in [DNSAnswer.aliasLimit, DNSAnswer.aliasLimit + 1] {
            var message = DNSMessage("n0.test", .a, answers: count + 1)
            for step in 0..<count {
                let next = DNSMessage.name("n\(step + 1).test")
                message.record("n\(step).test", type: 5, ttl: 1, next)
            }
            message.record("n\(count).test", type: 1, ttl: 1, Self.ip)
            let found = try DNSAnswer(message.bytes, kind: .a).addresses.count
            #expect(found == (count == DNSAnswer.aliasLimit ? 1 : 0))
        }
    }

    @Test func `other classes and types, and targets that are no host names, are left out`() throws
    {
        var message = DNSMessage("a.test", .a, answers: 3)
        message.record(nil, type: 1, ttl: 1, group: 3, Self.ip)
        message.record(nil, type: 16, ttl: 1, [3, 97, 98, 99])
        message.record(nil, type: 28, ttl: 1, [UInt8](repeating: 1, count: 16))
        #expect(try DNSAnswer(message.bytes, kind: .a).addresses == [])
        var srv = DNSMessage("_a._tcp.test", .srv, answers: 1)
        srv.service(0, 0, 1, [3, 97, 0x2E, 98, 0], ttl: 1)
        #expect(try DNSAnswer(srv.bytes, kind: .srv).services == [])
    }

    @Test func `a time to live with the top bit set means nothing`() throws {
        for (seconds, expected) in [(UInt32(0x7FFF_FFFF), Int64(0x7FFF_FFFF)), (0x8000_0000, 0)] {
            var message = DNSMessage("a.test", .a, answers: 1)
            message.record(nil, type: 1, ttl: seconds, Self.ip)
            #expect(try DNSAnswer(message.bytes, kind: .a).ttl == .seconds(expected))
        }
    }

    @Test func `a message may end nowhere but at its end`() {
        let samples: [(DNSMessage, DNSAnswer.Kind)] = [
            (Self.a, .a), (Self.aaaa, .aaaa), (Self.srv, .srv), (Self.alias, .a),
        ]
        for (message, kind) in samples {
            for count in message.bytes.indices {
                let part = Array(message.bytes[..<count])
                #expect(throws: DNSAnswer.Flaw.cut) { try DNSAnswer(part, kind: kind) }
            }
        }
    }

    @Test func `names that are too long, or point ahead or at themselves, are refused`() throws {
        var ahead = DNSMessage("a.test", .a, answers: 1)
        let place = ahead.bytes.count
        ahead.bytes += [0xC0, UInt8(place)]
        ahead.bytes += [UInt8](repeating: 0, count: 20)
        #expect(throws: DNSAnswer.Flaw.badName) { try DNSAnswer(ahead.bytes, kind: .a) }
        let label = String(repeating: "x", count: 63)
        let longest = [label, label, label, String(repeating: "y", count: 61)]
            .joined(separator: ".")
        #expect(try DNSAnswer(DNSMessage(longest, .a, answers: 0).bytes, kind: .a).addresses == [])
        let longer = DNSMessage(longest + "y", .a, answers: 0)
        #expect(throws: DNSAnswer.Flaw.badName) { try DNSAnswer(longer.bytes, kind: .a) }
    }

    @Test func `a record of the wrong length is refused, and so are records beyond the limit`()
        throws
    {
        var message = DNSMessage("a.test", .a, answers: 1)
        message.record(nil, type: 1, ttl: 1, [1, 2, 3, 4, 5])
        #expect(throws: DNSAnswer.Flaw.badRecord) { try DNSAnswer(message.bytes, kind: .a) }
        for count in [DNSAnswer.recordLimit, DNSAnswer.recordLimit + 1] {
            var message = DNSMessage("a.test", .a, answers: count)
            for _ in 0..<count { message.record(nil, type: 1, ttl: 1, Self.ip) }
            if count == DNSAnswer.recordLimit {
                #expect(try DNSAnswer(message.bytes, kind: .a).addresses.count == count)
            } else {
                #expect(throws: DNSAnswer.Flaw.tooManyRecords) {
                    try DNSAnswer(message.bytes, kind: .a)
                }
            }
        }
        var two = DNSMessage("a.test", .a, answers: 0)
        two.bytes[5] = 2
        #expect(throws: DNSAnswer.Flaw.notOneQuestion) { try DNSAnswer(two.bytes, kind: .a) }
    }

    @Test func `mutated messages give an answer within bounds or a flaw`() {
        let samples = [Self.a, Self.aaaa, Self.srv, Self.alias].map(\.bytes)
        var answered = 0
        mutations(of: samples, seed: 35) { bytes in
            for kind in DNSAnswer.Kind.allCases {
                guard let answer = try? DNSAnswer(bytes, kind: kind) else { continue }
                answered += 1
                let count = answer.addresses.count + answer.services.count
                #expect(count <= bytes.count / 10)
                #expect(answer.services.allSatisfy { $0.target.utf8.count <= 253 })
            }
        }
        #expect(answered > 0)
    }
}
