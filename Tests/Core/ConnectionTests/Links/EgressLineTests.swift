import Testing
import WarrenConnection
import WarrenPrimitives
import WarrenSupport

struct EgressLineTests {
    private let start = Instant(nanoseconds: 1_000_000_000)
    private func after(_ milliseconds: Int) -> Instant {
        start.advanced(by: .milliseconds(milliseconds))
    }

    private func path(
        rtt: Int = 0,
        jitter: Int = 0,
        loss: Int64 = 0,
        bandwidth: Int64? = nil
    ) -> LinkPath {
        LinkPath(
            LinkQuality(
                roundTrip: .milliseconds(rtt),
                jitter: .milliseconds(jitter),
                lossMillionths: loss,
                bandwidth: bandwidth
            )
        )
    }

    /// Lets everything go by the line's own deadlines, and answers what came out when.
    private func drain(
        _ line: inout EgressLine,
        from start: Instant,
        until end: Instant = .distantFuture
    ) -> [(at: Instant, bytes: [UInt8])] {
        var out: [(Instant, [UInt8])] = []
        var now = start
        while true {
            var bytes: [UInt8] = []
            _ = line.advance(now: now, into: &bytes)
            line.taken(bytes.count)
            if !bytes.isEmpty { out.append((now, bytes)) }
            guard let next = line.nextDeadline, next <= end else { return out }
            now = max(now, next)
        }
    }

    @Test func `what is said comes out after half a round trip, and counts as written at once`() {
        var random = Random(seed: 1)
        var line = EgressLine()
        var output: [UInt8] = []
        line.append([1, 2, 3], over: path(rtt: 90), now: start, random: &random)
        #expect(line.advance(now: start, into: &output) == 3)
        #expect(line.nextDeadline == after(45))
        let early = Instant(nanoseconds: after(45).nanoseconds - 1)
        #expect(line.advance(now: early, into: &output) == 0)
        #expect(output.isEmpty && !line.isEmpty)
        #expect(line.advance(now: after(45), into: &output) == 0)
        #expect(output == [1, 2, 3])
        #expect(line.heldByteCount == 3)
        line.taken(3)
        #expect(line.isEmpty && line.nextDeadline == nil)
    }

    @Test func `bytes leave at the bandwidth, packet by packet`() {
        var random = Random(seed: 1)
        var line = EgressLine()
        // A packet of 1,448 bytes takes 1,448 µs.
        let bytes = [UInt8](repeating: 7, count: 3 * 1448)
        line.append(bytes, over: path(rtt: 20, bandwidth: 8_000_000), now: start, random: &random)
        var output: [UInt8] = []
        #expect(line.advance(now: start, into: &output) == 0)
        #expect(line.nextDeadline == start.advanced(by: .microseconds(1448)))
        #expect(
            line.advance(now: start.advanced(by: .microseconds(2 * 1448)), into: &output) == 2896
        )
        let out = drain(&line, from: start)
        #expect(out.map(\.bytes.count) == [1448, 1448, 1448])
        #expect(
            out.map { start.duration(to: $0.at) }
                == (1...3).map { .microseconds(10_000 + $0 * 1448) }
        )
        // The next message waits for nobody once the line is free.
        line.append(
            [1],
            over: path(rtt: 20, bandwidth: 8_000_000),
            now: after(100),
            random: &random
        )
        #expect(
            drain(&line, from: after(100)).map(\.at) == [after(110).advanced(by: .microseconds(1))]
        )
    }

    @Test func `a lost packet costs time-outs, and what follows waits for it`() {
        var random = Random(seed: 1)
        var line = EgressLine()
        // More than any file may ask for, so that nothing is left to chance.
        var dead = path(rtt: 10)
        dead.lossMillionths = 1_000_000
        line.append([1], over: dead, now: start, random: &random)
        line.append([2], over: path(rtt: 10), now: after(1), random: &random)
        let wait = (0..<LinkPath.lossLimit).reduce(0) { $0 + 200 << $1 }
        let out = drain(&line, from: after(1))
        #expect(out.map(\.at) == [after(5 + wait)])
        #expect(out.map(\.bytes) == [[1, 2]])
    }

    @Test func `a quicker link does not overtake what is under way`() {
        var random = Random(seed: 1)
        var line = EgressLine()
        line.append([1], over: path(rtt: 400), now: start, random: &random)
        line.append([2], over: path(), now: after(10), random: &random)
        line.append([3], over: path(), now: after(300), random: &random)
        let out = drain(&line, from: after(10))
        #expect(out.flatMap(\.bytes) == [1, 2, 3])
        #expect(out.map(\.at) == [after(200), after(300)])
    }

    @Test func `a goodbye comes behind everything else, and takes its time too`() {
        var random = Random(seed: 1)
        var line = EgressLine()
        let thin = path(rtt: 20, bandwidth: 8_000)
        line.append([1], over: thin, now: start, random: &random)
        line.end(over: thin, now: start, random: &random)
        #expect(drain(&line, from: start, until: after(50)).map(\.at) == [after(11)])
        #expect(!line.isOver)
        #expect(line.nextDeadline == after(51))
        var output: [UInt8] = []
        #expect(line.advance(now: after(51), into: &output) == 0)
        #expect(output.isEmpty && line.isOver && line.isEmpty)
    }

    @Test func `no more than the limit is under way until the socket takes some`() {
        var random = Random(seed: 1)
        var line = EgressLine()
        let limit = EgressLine.byteLimit
        var output: [UInt8] = []
        line.append([UInt8](repeating: 1, count: limit), over: path(), now: start, random: &random)
        #expect(line.advance(now: start, into: &output) == limit)
        #expect(line.heldByteCount == limit)
        // One past it waits, without a deadline of its own.
        line.append([2], over: path(), now: start, random: &random)
        #expect(line.advance(now: after(1_000), into: &output) == 0)
        #expect(line.nextDeadline == nil)
        #expect(output.count == limit)
        line.taken(1)
        #expect(line.nextDeadline != nil)
        #expect(line.advance(now: after(1_000), into: &output) == 1)
        #expect(output.count == limit + 1)
        #expect(line.heldByteCount == limit)
    }

    @Test(arguments: Seed.sweep())
    func `bytes come out whole, in order and never too soon, whatever the link does`(_ seed: Seed) {
        var random = seed.random
        var line = EgressLine()
        var said: [UInt8] = []
        var heard: [UInt8] = []
        var credit = 0
        var now = start
        var soonest: [(count: Int, at: Instant)] = []
        for step in 0..<200 {
            let path = path(
                rtt: random.below(200),
                jitter: random.below(20),
                loss: Int64(random.below(100_000)),
                bandwidth: random.chance(1, in: 2) ? Int64(100_000 + random.below(10_000_000)) : nil
            )
            let bytes = (0..<random.below(5000)).map { UInt8(truncatingIfNeeded: $0 &+ step) }
            line.append(bytes, over: path, now: now, random: &random)
            said += bytes
            let flight = Duration.nanoseconds(
                path.oneWay + path.transmission(of: min(1, bytes.count))
            )
            soonest.append((said.count, now.advanced(by: flight)))
            var output: [UInt8] = []
            credit += line.advance(now: now, into: &output)
            line.taken(output.count)
            heard += output
            #expect(credit >= heard.count)
            for (count, at) in soonest where count <= heard.count { #expect(at <= now) }
            soonest.removeAll { $0.count <= heard.count }
            let pause = Duration.milliseconds(random.below(30))
            let due = line.nextDeadline ?? .distantFuture
            now =
                random.chance(1, in: 2)
                ? now.advanced(by: pause) : max(now, min(due, after(60_000)))
        }
        for (_, bytes) in drain(&line, from: now) { heard += bytes }
        #expect(heard == said)
        #expect(line.isEmpty)
    }

    @Test(arguments: Seed.sweep()) func `jitter stays within what is said`(_ seed: Seed) {
        var random = seed.random
        let path = path(rtt: 40, jitter: 10)
        for _ in 0..<200 {
            var line = EgressLine()
            line.append([1], over: path, now: start, random: &random)
            var output: [UInt8] = []
            _ = line.advance(now: start, into: &output)
            let due = line.nextDeadline ?? .epoch
            #expect((after(20)...after(30)).contains(due))
        }
    }
}
