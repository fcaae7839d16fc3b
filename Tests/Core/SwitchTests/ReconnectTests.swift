import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport
import WarrenSwitch

private struct Schedules: Decodable {
    var reconnect: Reconnect

    struct Reconnect: Decodable {
        var phase1: Phase1
        var phase2: Phase2
    }

    struct Phase1: Decodable {
        var attempts: Int
        var sleep_after_failed_attempt_s: Int
        var total_sleep_s_min: Int
        var total_sleep_s_max: Double
    }

    struct Phase2: Decodable {
        var attempts: Int
        var sleep_before_attempt: [Row]
        var total_s: Int
    }

    struct Row: Decodable {
        var i: Int
        var sleep_before_s: Int
    }
}

@Suite struct `The reconnect schedule` {
    private let rows: Schedules.Reconnect
    private let jitter: Duration = .milliseconds(ReconnectSchedule.jitterLimit - 1)

    init() throws { rows = try Vectors.load("schedules", as: Schedules.self).reconnect }

    private func wait(_ count: Int, _ random: inout Random) -> Duration {
        ReconnectSchedule.wait(afterFailures: count, limit: .zero, random: &random)
    }

    @Test(arguments: Seed.sweep())
    func `twenty steady attempts as upstream, each with its jitter`(seed: Seed) {
        var random = seed.random
        var total = Duration.zero
        for count in 1..<rows.phase1.attempts {
            let wait = wait(count, &random)
            #expect(wait >= .seconds(rows.phase1.sleep_after_failed_attempt_s))
            #expect(wait <= .seconds(rows.phase1.sleep_after_failed_attempt_s) + jitter)
            total += wait
        }
        // The twentieth sleep is followed by the first of the second phase without an attempt.
        let last = wait(rows.phase1.attempts, &random)
        total += last - .seconds(rows.phase2.sleep_before_attempt[0].sleep_before_s)
        #expect(total >= .seconds(rows.phase1.total_sleep_s_min))
        #expect(total <= .milliseconds(Int(rows.phase1.total_sleep_s_max * 1000)) + jitter)
    }

    @Test(arguments: Seed.sweep())
    func `then ten attempts with exponents 1 to 10, not 0 to 9`(seed: Seed) {
        var random = seed.random
        var total = Duration.zero
        for row in rows.phase2.sleep_before_attempt {
            var wait = wait(rows.phase1.attempts + row.i - 1, &random)
            if row.i == 1 { wait -= .seconds(rows.phase1.sleep_after_failed_attempt_s) }
            #expect(wait >= .seconds(row.sleep_before_s))
            #expect(wait <= .seconds(row.sleep_before_s) + jitter * 2)
            total += .seconds(row.sleep_before_s)
        }
        #expect(rows.phase2.sleep_before_attempt.count == rows.phase2.attempts)
        #expect(total == .seconds(rows.phase2.total_s))
    }

    @Test(arguments: [30, 31, 1000, Int.max])
    func `never gives up: the last period repeats`(count: Int) {
        var random = Random(seed: 1)
        let wait = wait(count, &random)
        #expect(wait >= .seconds(59_049) && wait <= .seconds(59_049) + jitter)
    }

    @Test(arguments: Seed.sweep())
    func `the first attempt waits for jitter alone, in whole milliseconds`(seed: Seed) {
        var random = seed.random
        let wait = wait(0, &random)
        #expect(wait <= jitter && wait.wholeNanoseconds % 1_000_000 == 0)
    }

    @Test(arguments: [0, 1, 20, 25, 40])
    func `a limit above zero caps every wait`(count: Int) {
        var random = Random(seed: 1)
        let limit = Duration.seconds(2)
        let wait = ReconnectSchedule.wait(afterFailures: count, limit: limit, random: &random)
        #expect(wait <= limit)
    }
}

@Suite struct `Persistent peers` {
    private let one = SwitchRig.peer(1)
    private let id = SwitchRig.id(1)

    private func rig(_ change: (inout Switch.Settings) -> Void = { _ in }) -> SwitchRig {
        SwitchRig { settings in
            settings.persistent = [
                .init(peer: one, id: id, address: SwitchRig.address(1)),
                .init(peer: SwitchRig.peer(100), id: SwitchRig.own, address: SwitchRig.address(5)),
            ]
            change(&settings)
        }
    }

    @Test func `are dialed within three seconds of the start, and we ourselves are not`() throws {
        var rig = rig()
        #expect(rig.subject.nextDeadline == nil)
        #expect(rig.acts(.start).isEmpty)
        let start = rig.now
        let effects = try rig.passDeadline()
        #expect(start.duration(to: rig.now) < .seconds(3))
        #expect(effects == [.dial(.dialed(0), SwitchRig.address(1), expecting: id)])
        #expect(rig.subject.nextDeadline == nil)
        let up = rig.acts(.authenticated(.dialed(0), SwitchRig.who(1)))
        #expect(up.connected == [one])
        #expect(rig.subject.peers[0].isPersistent)
        #expect(rig.subject.nextDeadline == nil)
    }

    @Test func `are dialed again after each failure, and nobody hears of those`() throws {
        var rig = rig()
        _ = rig.handle(.start)
        for _ in 0..<40 {
            let dial = try rig.passDeadline().dials
            #expect(dial.count == 1)
            #expect(rig.acts(.failed(dial[0], .connectRefused)).isEmpty)
        }
        let wait = try rig.waitToDeadline()
        #expect(wait >= .seconds(59_049))
    }

    @Test func `never wait longer than the configured limit`() throws {
        var rig = rig { $0.persistentDialPeriodLimit = .seconds(60) }
        _ = rig.handle(.start)
        for _ in 0..<40 {
            let dial = try rig.passDeadline().dials
            _ = rig.handle(.failed(dial[0], .connectRefused))
            let wait = try rig.waitToDeadline()
            #expect(wait <= .seconds(60))
        }
    }

    @Test func `are dialed again when lost, with a fresh schedule if the connection had settled`()
        throws
    {
        var rig = rig()
        _ = rig.handle(.start)
        let first = try rig.passDeadline().dials[0]
        _ = rig.handle(.authenticated(first, SwitchRig.who(1)))
        rig.now = rig.now.advanced(by: ReconnectSchedule.settledAfter)
        _ = rig.handle(.closed(first, .closedByPeer))
        let wait = try rig.waitToDeadline()
        #expect(wait < .seconds(3))
        let second = try rig.passDeadline().dials[0]
        _ = rig.handle(.authenticated(second, SwitchRig.who(1)))
        rig.now = rig.now.advanced(by: .seconds(4))
        _ = rig.handle(.closed(second, .closedByPeer))
        let again = try rig.waitToDeadline()
        #expect(again >= .seconds(5))
    }

    @Test(arguments: [CloseReason.demoted, .notWanted, .reactorStopped])
    func `are not dialed again when let go`(reason: CloseReason) {
        var rig = rig()
        rig.connectInbound(1)
        _ = rig.handle(.stop(one, reason, flush: true))
        #expect(rig.subject.nextDeadline == nil)
    }

    @Test func `are dialed again when a reactor threw them out`() {
        var rig = rig()
        rig.connectInbound(1)
        _ = rig.handle(.stop(one, .badMessage, flush: false))
        #expect(rig.subject.nextDeadline != nil)
    }

    @Test func `that connect by themselves need no job`() throws {
        var rig = rig()
        _ = rig.handle(.start)
        rig.connectInbound(1)
        #expect(rig.subject.nextDial(of: id) == nil)
        rig.now = rig.now.advanced(by: .seconds(10))
        #expect(rig.acts(.deadline).isEmpty)
    }

    @Test func `being dialed by the node are not dialed twice, and its failure starts the job`() {
        var rig = rig()
        _ = rig.handle(.start)
        let dial = rig.acts(.dial(one, SwitchRig.address(1), expecting: id)).dials[0]
        rig.now = rig.now.advanced(by: .seconds(3))
        #expect(rig.acts(.deadline).isEmpty)
        #expect(rig.subject.nextDeadline == nil)
        #expect(rig.acts(.failed(dial, .connectRefused)) == [.dialFailed(one, .connectRefused)])
        #expect(rig.subject.nextDial(of: id) != nil)
    }

    @Test func `being dialed again already, a dial of the node joins that attempt`() throws {
        var rig = rig()
        _ = rig.handle(.start)
        let attempt = try rig.passDeadline().dials[0]
        var other = rig
        // Another address than the one being tried makes no second attempt either.
        let joined = rig.acts(.dial(one, SwitchRig.address(66), expecting: id))
        #expect(joined.isEmpty)
        #expect(rig.subject.owesAnswer(one))
        #expect(rig.acts(.failed(attempt, .connectRefused)) == [.dialFailed(one, .connectRefused)])
        #expect(!rig.subject.owesAnswer(one))
        #expect(rig.subject.nextDial(of: id) != nil)
        // It is answered once: a second dial of the same is one too many.
        #expect(other.acts(.dial(one, SwitchRig.address(1), expecting: id)).isEmpty)
        let second = other.acts(.dial(one, SwitchRig.address(1), expecting: id))
        #expect(second == [.dialFailed(one, .duplicateConnection)])
        let up = other.acts(.authenticated(attempt, SwitchRig.who(1)))
        #expect(up.connected == [one])
        #expect(up.dialFailures.isEmpty)
    }

    @Test func `that are banned wait for the end of the ban`() throws {
        var rig = rig()
        rig.connectInbound(1)
        let until = rig.now.advanced(by: .seconds(86_400))
        _ = rig.handle(.ban(id, until: until))
        #expect(rig.subject.nextDeadline == until)
        _ = rig.handle(.ban(id, until: nil))
        let wait = try rig.waitToDeadline()
        #expect(wait < .seconds(3))
        _ = rig.handle(.ban(id, until: until))
        let early = try rig.passDeadline()
        #expect(early.isEmpty)
        #expect(rig.subject.nextDeadline == until)
        let late = try rig.passDeadline()
        #expect(late.dials.count == 1)
    }

    @Test func `are dialed where they said they listen, every other time`() throws {
        var rig = rig()
        let connection = rig.accept(1).connection
        _ = rig.handle(.authenticated(connection, SwitchRig.who(1, listen: "10.0.0.77:9")))
        _ = rig.handle(.closed(connection, .closedByPeer))
        var addresses: [SocketAddress] = []
        for _ in 0..<4 {
            let effects = try rig.passDeadline()
            addresses += effects.dialedAddresses
            _ = rig.handle(.failed(effects.dials[0], .connectRefused))
        }
        let seen = SwitchRig.address(77, port: 9)
        let configured = SwitchRig.address(1)
        #expect(addresses == [seen, configured, seen, configured])
    }

    @Test func `that moved are dialed at the new address`() throws {
        var rig = rig()
        _ = rig.handle(.start)
        _ = rig.handle(.moved(id, SwitchRig.address(66)))
        let due = try rig.passDeadline()
        #expect(due.dialedAddresses == [SwitchRig.address(66)])
    }

    @Test func `keep their job when their handle is merged`() throws {
        var rig = rig()
        _ = rig.handle(.merge(SwitchRig.peer(40), other: one))
        _ = rig.handle(.start)
        let dial = try rig.passDeadline().dials[0]
        let effects = rig.acts(.authenticated(dial, SwitchRig.who(1, handle: 40)))
        #expect(effects.connected == [SwitchRig.peer(40)])
        #expect(effects.dialFailures.isEmpty)
    }

    @Test func `whose IP is taken by another are tried again later`() throws {
        var rig = rig()
        _ = rig.handle(.start)
        let socket = rig.nextAccepted()
        _ = rig.handle(.accepted(socket, from: SwitchRig.address(1, port: 1)))
        var other = SwitchRig.who(2)
        other.remote = SwitchRig.address(1, port: 1)
        _ = rig.handle(.authenticated(socket, other))
        let due = try rig.passDeadline()
        #expect(due.isEmpty)
        #expect(rig.subject.nextDial(of: id) != nil)
    }
}
