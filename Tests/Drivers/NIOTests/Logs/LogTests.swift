import Logging
import Testing
import WarrenNIO
import WarrenObservation
import WarrenPrimitives

@Suite struct LogTests {
    @Test func `instants read as people write them`() {
        let second: Int64 = 1_000_000_000
        func text(_ nanoseconds: Int64, _ digits: Int = 3) -> String {
            Timestamp.text(Instant(nanoseconds: nanoseconds), digits: digits)
        }
        #expect(text(0) == "1970-01-01T00:00:00.000Z")
        #expect(text(-1) == "1969-12-31T23:59:59.999Z")
        #expect(text(951_782_400 * second, 0) == "2000-02-29T00:00:00Z")
        #expect(text(1_772_323_199 * second + 20_000_000, 9) == "2026-02-28T23:59:59.020000000Z")
        #expect(text(1_709_251_199 * second) == "2024-02-29T23:59:59.000Z")
        #expect(text(4_107_542_400 * second) == "2100-03-01T00:00:00.000Z")
    }

    @Test func `a text line names time, level, message and fields`() {
        let line = LineLog.line(
            .text,
            at: "T",
            level: .info,
            message: "connected",
            fields: [("id", "ab"), ("moniker", "a \"b\"\n"), ("empty", "")]
        )
        #expect(line == "T INFO    connected id=ab moniker=\"a \\\"b\\\"\\n\" empty=\"\"\n")
    }

    @Test func `a JSON line is one object whatever a stranger wrote`() {
        let line = LineLog.line(
            .json,
            at: "T",
            level: .warning,
            message: "x\u{1B}[31m",
            fields: [("a\"", "\\\u{7F}é")]
        )
        #expect(
            line
                == "{\"at\":\"T\",\"level\":\"warning\",\"message\":\"x\\u001b[31m\","
                + "\"a\\\"\":\"\\\\\\u007fé\"}\n"
        )
    }

    @Test func `lines of one kind are bounded, and what was left out is said`() {
        var throttle = Throttle()
        var now = Instant.epoch
        for _ in 0..<Throttle.lineLimit { #expect(throttle.admit("a", now: now) == .write) }
        for _ in 0..<5 { #expect(throttle.admit("a", now: now) == .drop) }
        #expect(throttle.admit("b", now: now) == .write)
        now = now.advanced(by: Throttle.period - .nanoseconds(1))
        #expect(throttle.admit("a", now: now) == .drop)
        now = now.advanced(by: .nanoseconds(1))
        #expect(throttle.admit("a", now: now) == .writeAfter(6))
        #expect(throttle.admit("a", now: now) == .write)
    }

    @Test func `a note that a peer can cause has a kind, and its violation is a warning`() {
        let peer = PeerReference(peer: PeerID(rawValue: 3), id: nil, address: "10.0.0.1:1")
        let line = NoteLine(.disconnected(peer, .accepted(4), .forgedFrame))
        #expect(line.level == .warning)
        #expect(line.kind == "disconnected")
        #expect(line.fields["reason"] == "forgedFrame")
        #expect(line.fields["connection"] == "in-4")
        #expect(NoteLine(.disconnected(peer, .accepted(4), .demoted)).level == .info)
        #expect(NoteLine(.storeFailed).level == .error)
    }
}
