import Testing
import WarrenConnection
import WarrenPrimitives

struct HeartbeatTests {
    private var heartbeat = Heartbeat(
        interval: .seconds(60),
        timeout: .seconds(45),
        now: .epoch
    )

    private func at(_ seconds: Int) -> Instant { Instant.epoch.advanced(by: .seconds(seconds)) }

    private func sent(_ heartbeat: inout Heartbeat, now: Instant) -> [UInt8] {
        var bytes: [UInt8] = []
        heartbeat.cutPackets(now: now, into: &bytes)
        return bytes
    }

    @Test func `a ping is due every interval, once`() throws {
        var heartbeat = heartbeat
        #expect(heartbeat.nextDeadline == at(60))
        try heartbeat.advance(now: at(59))
        #expect(!heartbeat.owesAny)
        try heartbeat.advance(now: at(60))
        #expect(heartbeat.owesPing)
        #expect(heartbeat.nextDeadline == at(105))
        #expect(sent(&heartbeat, now: at(60)) == [2, 0x0A, 0])
        #expect(sent(&heartbeat, now: at(60)) == [])
        heartbeat.gotPong(now: at(61))
        #expect(heartbeat.roundTrip == .seconds(1))
        #expect(heartbeat.nextDeadline == at(120))
    }

    @Test func `a missing pong is a violation, to the nanosecond`() throws {
        var heartbeat = heartbeat
        try heartbeat.advance(now: at(60))
        _ = sent(&heartbeat, now: at(60))
        try heartbeat.advance(now: at(105).advanced(by: .nanoseconds(-1)))
        #expect(throws: Connection.Violation.pongTimeout) { try heartbeat.advance(now: at(105)) }
    }

    @Test func `a ping that the socket held back is waited for all the same`() throws {
        var heartbeat = heartbeat
        try heartbeat.advance(now: at(60))
        #expect(throws: Connection.Violation.pongTimeout) { try heartbeat.advance(now: at(105)) }
    }

    @Test func `our own pause in reading does not count against the peer`() throws {
        var heartbeat = heartbeat
        heartbeat.excuse(.seconds(9))
        try heartbeat.advance(now: at(60))
        _ = sent(&heartbeat, now: at(60))
        heartbeat.excuse(.seconds(5))
        try heartbeat.advance(now: at(109))
        #expect(throws: Connection.Violation.pongTimeout) { try heartbeat.advance(now: at(110)) }
    }

    @Test func `a second ping does not give a silent peer more time`() throws {
        var heartbeat = heartbeat
        try heartbeat.advance(now: at(60))
        _ = sent(&heartbeat, now: at(60))
        heartbeat.excuse(.seconds(30))
        try heartbeat.advance(now: at(120))
        #expect(throws: Connection.Violation.pongTimeout) { try heartbeat.advance(now: at(135)) }
    }

    @Test func `an unasked pong is harmless and a late one is none`() throws {
        var heartbeat = heartbeat
        let before = heartbeat
        heartbeat.gotPong(now: at(1))
        #expect(heartbeat == before)
        try heartbeat.advance(now: at(60))
        // The ping is still with us, so this pong answers nothing.
        heartbeat.gotPong(now: at(61))
        #expect(heartbeat.roundTrip == nil)
        #expect(throws: Connection.Violation.pongTimeout) { try heartbeat.advance(now: at(105)) }
    }

    @Test func `a thousand pings are answered by one pong`() {
        var heartbeat = heartbeat
        for _ in 0..<1000 { heartbeat.gotPing() }
        #expect(sent(&heartbeat, now: at(1)) == [2, 0x12, 0])
        #expect(!heartbeat.owesAny)
    }
}
