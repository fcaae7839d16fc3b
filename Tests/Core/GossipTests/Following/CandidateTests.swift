import Testing
import WarrenChain
import WarrenGossip
import WarrenPrimitives

@Suite struct `A candidate` {
    static let chain: TestChain = {
        var chain = TestChain(depth: 5000)
        chain.grow(1200, bodyBytes: 0)
        return chain
    }()

    @Test func `holds what was put on it, and nothing else`() {
        var other = Self.chain
        other.grow(3, from: 1197)
        let candidate = Self.chain.candidate
        #expect(candidate.tip == Self.chain.tip && candidate.base == .origin)
        #expect(candidate.contains(Point.origin))
        for height in [1, 600, 1197, 1200] {
            #expect(candidate.contains(Self.chain.point(height)))
            #expect(candidate.contains(Self.chain.headers[height - 1]))
        }
        for height in 1198...1200 {
            #expect(!candidate.contains(other.point(height)))
            #expect(!candidate.contains(other.headers[height - 1]))
        }
        guard case .block(let height, let slot, let id) = Self.chain.point(7) else { return }
        #expect(!candidate.contains(.block(height: height, slot: slot + 1, id)))
        #expect(!candidate.contains(.block(height: height + 1, slot: slot, id)))
    }

    @Test func `lets go of what is old, 512 blocks or more at a time`() {
        var candidate = Self.chain.candidate
        candidate.trim(below: 511)
        #expect(candidate.base == .origin)
        candidate.trim(below: 512)
        #expect(candidate.base == Self.chain.point(512) && candidate.tip == Self.chain.tip)
        #expect(candidate.contains(Self.chain.point(512)))
        #expect(candidate.contains(Self.chain.point(513)))
        #expect(!candidate.contains(Self.chain.point(511)))
        candidate.trim(below: 400)
        #expect(candidate.base == Self.chain.point(512))
        #expect(candidate.rollBack(to: Self.chain.point(511), atMost: 5000) == .tooDeep)
        #expect(candidate.rollBack(to: Self.chain.point(512), atMost: 5000) == .done)
        #expect(candidate.tip == Self.chain.point(512))
    }

    @Test func `is no longer than what its peer may take back, once the chain is ours too`() throws
    {
        var ours = TestChain(depth: 10)
        var bench = ClientBench(chain: ours, k: 10)
        bench.tell(.follow(.alice, isTrustable: true))
        bench.receive(.intersectFound(.origin, tip: Self.chain.tip))
        bench.receive(.rollBackward(.origin, tip: Self.chain.tip))
        for start in stride(from: 0, to: 1200, by: 100) {
            let headers = Array(Self.chain.headers[start..<start + 100])
            bench.receive(.rollForward(headers, tip: Self.chain.tip))
            // Bodies are with ours, some way behind.
            for header in headers where header.height > 50 {
                ours.append(Self.chain.headers[Int(header.height) - 51])
            }
            ours.grow(0)
            bench.chain = ours
            bench.tell(.chainChanged)
        }
        let candidate = try #require(bench.client.candidates[.alice])
        #expect(bench.stops.isEmpty && candidate.tip == Self.chain.tip)
        #expect(candidate.tip.height - candidate.base.height < 512 + 50 + 10)
        #expect(candidate.base.height <= 1140, "k blocks below our own tip are kept")
        bench.receive(.rollBackward(Self.chain.point(1189), tip: Self.chain.tip))
        #expect(bench.stops.isEmpty)
    }

    @Test func `keeps what its peer may take back, however far ours is ahead of it`() {
        var bench = ClientBench(chain: TestChain(depth: 10), k: 10)
        bench.tell(.follow(.alice, isTrustable: true))
        bench.receive(.intersectFound(.origin, tip: Self.chain.tip))
        bench.receive(.rollBackward(.origin, tip: Self.chain.tip))
        bench.receive(.rollForward(Array(Self.chain.headers[..<600]), tip: Self.chain.tip))
        for header in Self.chain.headers { bench.chain.append(header) }
        bench.chain.grow(0)
        bench.tell(.chainChanged)
        #expect(bench.client.candidates[.alice]?.base == Self.chain.point(589))
        bench.receive(.rollBackward(Self.chain.point(589), tip: Self.chain.tip))
        #expect(bench.stops.isEmpty)
    }
}
