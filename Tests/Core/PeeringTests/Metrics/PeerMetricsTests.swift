import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

private func id(_ number: Int) -> NodeID {
    var bytes = [UInt8](repeating: 0, count: NodeID.byteCount)
    bytes[0] = UInt8(truncatingIfNeeded: number >> 8)
    bytes[1] = UInt8(truncatingIfNeeded: number)
    guard let id = NodeID(bytes) else { preconditionFailure("these are a node id's bytes") }
    return id
}

/// Peer metrics with a clock; remembers the scores that were told.
private struct MetricsRig {
    var metrics = PeerMetrics()
    var told: [NodeID: Governor.Score] = [:]
    var lastCount = 0

    @discardableResult
    mutating func take(_ input: PeerMetrics.Input, at milliseconds: Int64 = 0) -> Set<NodeID> {
        var effects: [PeerMetrics.Effect] = []
        metrics.handle(
            input,
            now: Instant(nanoseconds: milliseconds * 1_000_000),
            into: &effects
        )
        var changed: Set<NodeID> = []
        for case .scored(let peer, let score) in effects {
            #expect(told[peer] ?? Governor.Score() != score, "told again")
            #expect(changed.insert(peer).inserted, "told twice")
            told[peer] = score
        }
        lastCount = effects.count
        return changed
    }

    mutating func header(_ peer: Int, _ slot: UInt64, at milliseconds: Int64 = 0) {
        take(.headerSeen(by: id(peer), slot: slot), at: milliseconds)
    }

    mutating func body(_ peer: Int, _ slot: UInt64, _ bytes: Int, at milliseconds: Int64 = 0) {
        take(.bodySeen(by: id(peer), slot: slot, bytes: bytes), at: milliseconds)
    }

    func value(_ peer: Int) -> Int { metrics.score(of: id(peer)).value }
    func joined(_ peer: Int) -> UInt64? { metrics.score(of: id(peer)).joinedSlot }
}

@Suite struct `Peer metrics` {
    @Test func `count who was first, by time and not by report`() {
        var rig = MetricsRig()
        rig.header(1, 10, at: 500)
        rig.header(2, 10, at: 500)
        #expect(rig.value(1) == 1)
        #expect(rig.value(2) == 0)
        rig.header(3, 10, at: 499)
        #expect(rig.value(1) == 0)
        #expect(rig.value(3) == 1)
        rig.body(2, 10, 1000, at: 900)
        rig.body(1, 10, 1000, at: 901)
        #expect(rig.value(2) == 1)
        #expect(rig.value(1) == 0)
    }

    @Test func `tell only scores that changed`() {
        var rig = MetricsRig()
        rig.header(1, 10)
        #expect(rig.lastCount == 1)
        rig.header(2, 11, at: 1)
        rig.header(1, 11, at: 2)
        // The second report of a slot is no gain, but a sign of life; both had joined.
        rig.header(1, 11, at: 3)
        #expect(rig.lastCount == 0)
    }

    @Test func `measure firsts, or bytes, and tell all of them when that changes`() {
        var rig = MetricsRig()
        rig.header(1, 10)
        rig.header(1, 11)
        rig.body(2, 10, 700)
        rig.body(2, 11, 300)
        #expect(rig.value(1) == 2)
        #expect(rig.value(2) == 2)
        let changed = rig.take(.measure(.bytes))
        #expect(rig.value(1) == 0)
        #expect(rig.value(2) == 1000)
        #expect(changed == [id(1), id(2)])
        let again = rig.take(.measure(.bytes))
        #expect(again.isEmpty)
    }

    @Test func `keep 180 slots a board, the latest`() {
        var rig = MetricsRig()
        for slot in 1...UInt64(PeerMetrics.slotLimit) { rig.header(1, slot) }
        #expect(rig.value(1) == 180)
        // The boards are kept apart: this one is empty.
        rig.body(2, 1, 5)
        #expect(rig.value(2) == 1)
        rig.header(1, 181)
        #expect(rig.value(1) == 180)
        // Older than everything on a full board.
        rig.header(3, 1)
        #expect(rig.value(3) == 0)
        rig.header(3, 2, at: -1)
        #expect(rig.value(3) == 1)
        #expect(rig.value(1) == 179)
        // A slot that was missing in between counts, and the oldest goes.
        rig.header(3, 1000)
        rig.header(1, 500)
        #expect(rig.metrics.counts(of: id(3))?.headers == 1)
    }

    @Test func `remember when a peer joined while that slot is in the window`() {
        var rig = MetricsRig()
        for slot in 1...UInt64(180) { rig.header(1, slot) }
        rig.header(2, 180)
        #expect(rig.joined(2) == 180)
        for slot in 181...UInt64(359) { rig.header(1, slot) }
        #expect(rig.joined(2) == 180)
        // The oldest slot is 180 now: with the next report the peer has joined never.
        rig.header(1, 360)
        #expect(rig.joined(2) == nil)
        #expect(rig.told[id(2)] == Governor.Score())
    }

    @Test func `count a peer as new after a window of silence, and not before`() {
        var rig = MetricsRig()
        for slot in 1...UInt64(180) { rig.header(1, slot) }
        rig.header(2, 180)
        rig.header(2, 182)
        for slot in 181...UInt64(360) { rig.header(1, slot) }
        #expect(rig.joined(2) == nil)
        rig.header(2, 361)
        #expect(rig.joined(2) == nil, "it was last seen within the window")
        for slot in 362...UInt64(550) { rig.header(1, slot) }
        rig.header(2, 551)
        #expect(rig.joined(2) == 551)
    }

    @Test func `forget peers of which nothing is left`() {
        var rig = MetricsRig()
        rig.header(2, 5)
        for slot in 10...UInt64(400) { rig.header(1, slot) }
        #expect(rig.metrics.peerCount == 1)
        #expect(rig.metrics.counts(of: id(2)) == nil)
    }

    @Test func `remember a limited number of peers`() {
        var rig = MetricsRig()
        rig.header(0, 1)
        rig.header(0, 2)
        for peer in 1...PeerMetrics.peerLimit { rig.header(peer, 1000, at: 1) }
        #expect(rig.metrics.peerCount <= PeerMetrics.peerLimit + 1)
        for peer in 0..<200 { rig.header(5000 + peer, 1001, at: 1) }
        #expect(rig.metrics.peerCount <= PeerMetrics.peerLimit + 3)
    }

    @Test func `take a body for what it may count`() {
        var rig = MetricsRig()
        rig.take(.measure(.bytes))
        rig.body(1, 1, -5)
        #expect(rig.value(1) == 0)
        for slot in 2...UInt64(300) { rig.body(1, slot, .max) }
        #expect(rig.value(1) == PeerMetrics.slotLimit * PeerMetrics.bytesLimit)
    }

    /// O§11.4, PeerMetric: bounds hold, and a simple model gives the same.
    @Test(arguments: Seed.sweep(50))
    func `are what a plain model says`(seed: Seed) {
        var random = seed.random
        var rig = MetricsRig()
        var headers: [UInt64: (peer: Int, at: Int64)] = [:]
        var bodies: [UInt64: (peer: Int, at: Int64, bytes: Int)] = [:]
        var slot: UInt64 = 100
        for _ in 0..<600 {
            slot += UInt64(random.below(3))
            let reported = slot - UInt64(random.below(random.chance(1, in: 10) ? 99 : 4))
            let peer = random.below(12)
            let at = Int64(random.below(1000))
            if random.chance(1, in: 2) {
                rig.header(peer, reported, at: at)
                if let known = headers[reported] {
                    if at < known.at { headers[reported] = (peer, at) }
                } else if headers.count < 180 || headers.keys.contains(where: { $0 < reported }) {
                    headers[reported] = (peer, at)
                }
                if headers.count > 180, let oldest = headers.keys.min() { headers[oldest] = nil }
            } else {
                let bytes = random.below(90_000)
                rig.body(peer, reported, bytes, at: at)
                if let known = bodies[reported] {
                    if at < known.at { bodies[reported] = (peer, at, bytes) }
                } else if bodies.count < 180 || bodies.keys.contains(where: { $0 < reported }) {
                    bodies[reported] = (peer, at, bytes)
                }
                if bodies.count > 180, let oldest = bodies.keys.min() { bodies[oldest] = nil }
            }
            #expect(rig.lastCount <= 2 + 12)
        }
        for peer in 0..<12 {
            let firsts = headers.values.count { $0.peer == peer }
            let fetched = bodies.values.filter { $0.peer == peer }
            let counts = rig.metrics.counts(of: id(peer))
            #expect((counts?.headers ?? 0) == firsts)
            #expect((counts?.bodies ?? 0) == fetched.count)
            #expect((counts?.bytes ?? 0) == fetched.reduce(0) { $0 + $1.bytes })
            #expect(rig.value(peer) == firsts + fetched.count)
            #expect((rig.told[id(peer)] ?? Governor.Score()) == rig.metrics.score(of: id(peer)))
            if let joined = rig.joined(peer), let oldest = headers.keys.min() {
                #expect(joined > min(oldest, bodies.keys.min() ?? oldest) || joined <= slot)
            }
        }
        #expect(headers.count <= 180 && bodies.count <= 180)
    }
}
