import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport
import WarrenSwitch

@Suite struct `Credit of a channel` {
    private let peer = PeerID(rawValue: 1)
    private var credit = Credit()

    init() {
        let channel = ChannelDescriptor(id: 0x10, sendQueueLimit: 3, sendQueueByteLimit: 100)
        credit.open(peer, channel)
    }

    @Test mutating func `takes as many messages as the queue holds, and not one more`() {
        for _ in 0..<3 {
            #expect(credit.allows(peer, 0x10))
            let taken = credit.spend(peer, 0x10, bytes: 1)
            #expect(taken)
        }
        #expect(!credit.allows(peer, 0x10))
        let past = credit.spend(peer, 0x10, bytes: 1)
        #expect(!past)
    }

    @Test mutating func `takes one more while the bytes are below the limit, and none on it`() {
        _ = credit.spend(peer, 0x10, bytes: 99)
        #expect(credit.allows(peer, 0x10))
        _ = credit.spend(peer, 0x10, bytes: 1)
        #expect(!credit.allows(peer, 0x10))
    }

    @Test mutating func `lets a message longer than the whole limit into an empty queue`() {
        let taken = credit.spend(peer, 0x10, bytes: 5000)
        #expect(taken)
        #expect(!credit.allows(peer, 0x10))
    }

    @Test mutating func `wakes a refused sender once, and only a refused one`() {
        for _ in 0..<3 { _ = credit.spend(peer, 0x10, bytes: 1) }
        let calm = credit.restore(peer, 0x10, messages: 1, bytes: 1)
        #expect(!calm)
        for _ in 0..<2 { _ = credit.spend(peer, 0x10, bytes: 1) }
        let first = credit.restore(peer, 0x10, messages: 1, bytes: 1)
        let second = credit.restore(peer, 0x10, messages: 1, bytes: 1)
        #expect(first && !second)
    }

    @Test mutating func `does not wake while there is still no room`() {
        _ = credit.spend(peer, 0x10, bytes: 500)
        _ = credit.spend(peer, 0x10, bytes: 1)
        let early = credit.restore(peer, 0x10, messages: 0, bytes: 400)
        let late = credit.restore(peer, 0x10, messages: 1, bytes: 100)
        #expect(!early && late)
    }

    @Test mutating func `more coming back than was spent makes no debt`() {
        _ = credit.restore(peer, 0x10, messages: 9, bytes: 900)
        for _ in 0..<3 { _ = credit.spend(peer, 0x10, bytes: 1) }
        #expect(!credit.allows(peer, 0x10))
    }

    @Test mutating func `a channel that is not open or was closed takes nothing`() {
        let other = PeerID(rawValue: 2)
        let unopened = credit.spend(other, 0x10, bytes: 1)
        let unknown = credit.spend(peer, 0x11, bytes: 1)
        credit.close(peer, 0x10)
        let closed = credit.spend(peer, 0x10, bytes: 1)
        let restored = credit.restore(peer, 0x10, messages: 1, bytes: 1)
        #expect(!unopened && !unknown && !closed && !restored)
        #expect(credit == Credit())
    }

    @Test(arguments: Seed.sweep())
    func `agrees with counting`(seed: Seed) {
        var random = seed.random
        var credit = credit
        var queue: [Int] = []
        for _ in 0..<500 {
            if random.chance(3, in: 5) {
                let bytes = random.below(60)
                let expected = queue.count < 3 && queue.reduce(0, +) < 100
                #expect(credit.allows(peer, 0x10) == expected)
                if credit.spend(peer, 0x10, bytes: bytes) { queue.append(bytes) }
            } else if !queue.isEmpty {
                let bytes = queue.removeFirst()
                _ = credit.restore(peer, 0x10, messages: 1, bytes: bytes)
            }
            #expect(queue.count <= 3)
        }
    }
}

@Suite struct `An outbox` {
    private let peer = PeerID(rawValue: 1)

    @Test func `keeps what was asked for in order`() {
        var credit = Credit()
        credit.open(peer, ChannelDescriptor(id: 0x10, sendQueueLimit: 1))
        var outbox = Outbox<Int>(credit: credit)
        let first = outbox.send([1], on: 0x10, to: peer)
        let second = outbox.send([2], on: 0x10, to: peer)
        outbox.report(7)
        outbox.stop(peer, .badMessage)
        outbox.stop(peer, .seedAnswered, flush: true)
        #expect(first && !second)
        #expect(!outbox.canSend(on: 0x10, to: peer))
        let words = outbox.effects.map { effect in
            switch effect {
            case .send(_, _, let bytes): "send \(bytes)"
            case .stop(_, let reason, let flush): "stop \(reason) \(flush)"
            case .report(let report): "report \(report)"
            case .note: "note"
            }
        }
        #expect(
            words == ["send [1]", "report 7", "stop badMessage false", "stop seedAnswered true"]
        )
    }
}
