import Testing
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

struct LinkTests {
    @Test func `bits leave at the bandwidth, to the nanosecond`() {
        let path = Path(LinkQuality(bandwidth: 8_000_000))
        #expect(path.transmission(of: 1) == 1_000)
        #expect(path.transmission(of: 1_044) == 1_044_000)
        #expect(Path(LinkQuality(bandwidth: 3)).transmission(of: 3) == 8_000_000_000)
        #expect(Path(LinkQuality()).transmission(of: 1 << 40) == 0)
        #expect(Path(LinkQuality(bandwidth: 1)).transmission(of: .max) == Path.longestTransmission)
    }

    @Test func `one way takes half the round trip, and jitter no more than it says`() {
        var random = Random(seed: 1)
        let still = Path(LinkQuality(roundTrip: .milliseconds(90)))
        #expect(still.flight(of: 10, random: &random) == 45_000_000)
        let path = Path(LinkQuality(roundTrip: .milliseconds(90), jitter: .milliseconds(8)))
        let times = (0..<2_000).map { _ in path.flight(of: 10, random: &random) }
        #expect(times.allSatisfy { (45_000_000...53_000_000).contains($0) })
        #expect((times.max() ?? 0) > 52_900_000)
        #expect((times.min() ?? 0) < 45_100_000)
    }

    @Test func `a lost packet costs a retransmission time-out that doubles`() {
        var random = Random(seed: 1)
        let dead = Path(LinkQuality(roundTrip: .milliseconds(10), lossMillionths: 1_000_000))
        let waits = (0..<Path.lossLimit).reduce(0) { $0 + 200_000_000 << Int64($1) }
        #expect(dead.flight(of: 1_448, random: &random) == 5_000_000 + waits)
        #expect(dead.flight(of: 1_449, random: &random) == 5_000_000 + 2 * waits)
        let far = Path(LinkQuality(roundTrip: .milliseconds(150)))
        #expect(far.retransmission == 300_000_000)
    }

    @Test(arguments: Seed.sweep())
    func `as many packets are lost as the quality says`(_ seed: Seed) {
        var random = seed.random
        let path = Path(LinkQuality(lossMillionths: 100_000))
        let delayed = (0..<10_000).count { _ in path.flight(of: 100, random: &random) > 0 }
        #expect((800...1_200).contains(delayed))
    }

    @Test func `a message takes whole frames on the wire`() {
        #expect(Path.wireSize(of: 0, payloadLimit: 1024) == 1_044)
        #expect(Path.wireSize(of: 1_012, payloadLimit: 1024) == 1_044)
        #expect(Path.wireSize(of: 1_013, payloadLimit: 1024) == 2_088)
    }

    @Test func `what degrades a link makes nothing of it better`() {
        let base = LinkQuality(roundTrip: .milliseconds(90), bandwidth: 8_000_000)
        var map = LinkMap([Path(base)], regionCount: 1, regions: [0, 0])
        let lossy = LinkQuality(roundTrip: .milliseconds(10), lossMillionths: 20_000)
        let thin = LinkQuality(jitter: .milliseconds(5), bandwidth: 64_000)
        let first = map.degrade([0], [1], Path(lossy))
        #expect(map.path(from: 0, to: 1) == Path(base.worsened(by: lossy)))
        let second = map.degrade([0], [1], Path(thin))
        #expect(map.path(from: 1, to: 0) == Path(base.worsened(by: lossy).worsened(by: thin)))
        for number in [first, second] { if let number { map.lift(number) } }
        #expect(map.path(from: 0, to: 1) == Path(base))
    }

    @Test func `cuts and degradations lie over regions, and the later cut counts`() {
        let slow = Path(LinkQuality(roundTrip: .seconds(1)))
        var map = LinkMap(
            [1, 2, 3, 4].map { Path(LinkQuality(roundTrip: .milliseconds($0))) },
            regionCount: 2,
            regions: [0, 1, 1]
        )
        #expect(map.path(from: 0, to: 1).oneWay == 1_000_000)
        #expect(map.path(from: 1, to: 0).oneWay == 1_500_000)
        #expect(map.path(from: 1, to: 2).oneWay == 2_000_000)
        let degradation = map.degrade([0], [1], slow)
        #expect(map.path(from: 1, to: 0) == slow)
        #expect(map.path(from: 0, to: 2).oneWay == 1_000_000)
        let hang = map.cut([0], [1, 2], mode: .hang, oneWay: true)
        #expect(map.cut(from: 0, to: 2) == .hang)
        #expect(map.cut(from: 2, to: 0) == nil)
        let reset = map.cut([2], [0], mode: .reset, oneWay: false)
        #expect(map.cut(from: 0, to: 2) == .reset)
        #expect(map.cut(from: 0, to: 1) == .hang)
        for number in [degradation, hang, reset] { if let number { map.lift(number) } }
        #expect(map.cut(from: 0, to: 2) == nil && !map.hasCuts)
        #expect(map.path(from: 1, to: 0).oneWay == 1_500_000)
    }

    @Test func `there is room for sixty-four faults over links, and not one more`() {
        var map = LinkMap([Path(.near)], regionCount: 1, regions: [0, 0])
        for _ in 0..<LinkMap.limit {
            #expect(map.cut([0], [1], mode: .hang, oneWay: false) != nil)
        }
        #expect(map.cut([0], [1], mode: .hang, oneWay: false) == nil)
        map.lift(3)
        #expect(map.cut([0], [1], mode: .hang, oneWay: false) == 3)
    }
}
