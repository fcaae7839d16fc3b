import Testing
import WarrenConnection
import WarrenPrimitives

struct LinkFilterTests {
    private let start = Instant(nanoseconds: 1_000_000_000)
    private func after(_ milliseconds: Int) -> Instant {
        start.advanced(by: .milliseconds(milliseconds))
    }

    private func effect(rtt: Int = 0, out: CutMode? = nil, in heard: CutMode? = nil) -> LinkEffect {
        var effect = LinkEffect.none
        effect.quality.roundTrip = .milliseconds(rtt)
        effect.outCut = out
        effect.inCut = heard
        return effect
    }

    private func filter(_ effect: LinkEffect) -> LinkFilter {
        LinkFilter(effect, random: Random(seed: 3))
    }

    @Test func `a slow link delays what is said and nothing that is heard`() {
        var filter = filter(effect(rtt: 100))
        var output: [UInt8] = []
        #expect(filter.say([1, 2], now: start) == 0)
        #expect(filter.hears() == true)
        #expect(filter.advance(now: start, into: &output) == 2)
        #expect(filter.nextDeadline == after(50))
        #expect(!filter.isDeaf && !filter.hasLost && !filter.isClear)
        _ = filter.advance(now: after(50), into: &output)
        #expect(output == [1, 2])
        filter.taken(2)
        #expect(filter.change(to: .none) == .goesOn)
        #expect(filter.isClear)
    }

    @Test func `over a cut that hangs bytes vanish both ways, and count as written`() {
        var filter = filter(effect(out: .hang, in: .hang))
        var output: [UInt8] = []
        #expect(filter.say([1, 2, 3], now: start) == 3)
        #expect(filter.advance(now: after(1), into: &output) == 0)
        #expect(output.isEmpty && filter.nextDeadline == nil)
        #expect(filter.isDeaf && !filter.hears())
        #expect(filter.sayGoodbye(now: after(2)) == false)
    }

    @Test func `a connection that lost nothing outlives a cut, one that lost a byte is reset`() {
        var quiet = filter(effect(out: .hang, in: .hang))
        #expect(quiet.change(to: .none) == .goesOn)
        #expect(quiet.isClear && !quiet.isDeaf)
        var said = filter(effect(out: .hang, in: .hang))
        _ = said.say([1], now: start)
        #expect(said.change(to: .none) == .breaks)
        var heard = filter(effect(out: .hang, in: .hang))
        _ = heard.hears()
        #expect(heard.change(to: .none) == .breaks)
        var silent = filter(effect(out: .hang, in: .hang))
        _ = silent.say([], now: start)
        #expect(silent.change(to: .none) == .goesOn)
    }

    @Test func `what was under way when a cut began does not arrive`() {
        var filter = filter(effect(rtt: 100))
        var output: [UInt8] = []
        _ = filter.say([1, 2], now: start)
        #expect(filter.advance(now: start, into: &output) == 2)
        #expect(filter.change(to: effect(rtt: 100, out: .hang)) == .goesOn)
        #expect(filter.advance(now: after(50), into: &output) == 0)
        #expect(output.isEmpty && filter.hasLost)
        #expect(filter.change(to: effect(rtt: 100)) == .breaks)
    }

    @Test func `a cut one way leaves the other as it is`() {
        var deaf = filter(effect(in: .hang))
        var output: [UInt8] = []
        #expect(deaf.say([1], now: start) == 0)
        #expect(deaf.advance(now: start, into: &output) == 1)
        #expect(output == [1])
        #expect(deaf.hears() == false)
        var dumb = filter(effect(out: .hang))
        #expect(dumb.hears() && !dumb.isDeaf)
        #expect(dumb.say([1], now: start) == 1)
    }

    @Test func `a stream that lacks bytes is not taken up again while the other way is cut`() {
        var filter = filter(effect(out: .hang, in: .hang))
        _ = filter.say([1], now: start)
        #expect(filter.change(to: effect(in: .hang)) == .goesOn)
        #expect(filter.say([2], now: after(1)) == 1)
        #expect(filter.change(to: .none) == .breaks)
    }

    @Test func `a cut that resets breaks the connection at once`() {
        var filter = filter(effect(rtt: 10))
        #expect(filter.change(to: effect(rtt: 10, in: .reset)) == .breaks)
    }

    @Test func `dials take TCP's own round trip, time out or are refused`() {
        var slow = filter(effect(rtt: 80))
        #expect(slow.dial() == .reaches(after: .milliseconds(80)))
        #expect(slow.entry() == .milliseconds(40))
        var hung = filter(effect(rtt: 80, in: .hang))
        #expect(hung.dial() == .lost)
        var reset = filter(effect(rtt: 80, out: .reset))
        #expect(reset.dial() == .refused(after: .milliseconds(80)))
    }
}
