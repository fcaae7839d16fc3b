import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

extension History {
    mutating func announce(_ height: UInt64, _ number: Int, by peer: Int, at time: Int64) {
        let note = ChainNote.announced(Self.block(height), by: Self.reference(peer))
        self.note(.chain(note), of: number, at: time)
    }

    mutating func fetch(
        _ height: UInt64,
        fork: UInt8 = 0,
        _ number: Int,
        from peer: Int,
        bytes: Int = 9,
        at time: Int64
    ) {
        let block = Self.block(height, fork: fork)
        let note = ChainNote.fetched(block, from: Self.reference(peer), bytes: bytes)
        self.note(.chain(note), of: number, at: time)
    }

    func chronicle(until end: Int64 = 10_000) -> Chronicle {
        var chronicle = Chronicle(Self.population, from: .at(0), to: .at(end))
        for fact in facts where fact.at <= .at(end) { chronicle.take(fact) }
        chronicle.finish()
        return chronicle
    }
}

@Suite struct `The way of a block` {
    /// producer-1 (3) gives block 1 to relay-1 (0), which gives it to relay-2 (1) and so on to
    /// relay-3 (2); relay-2 hears of it from relay-3 as well, and gets the body twice.
    private static var history: History {
        var history = History()
        history.make(1, by: 3, at: 1000)
        history.announce(1, 0, by: 3, at: 1040)
        history.fetch(1, 0, from: 3, at: 1080)
        history.adopt(1, 0, at: 1100)
        history.announce(1, 1, by: 0, at: 1120)
        history.fetch(1, 1, from: 0, at: 1180)
        history.adopt(1, 1, at: 1200)
        history.announce(1, 2, by: 1, at: 1220)
        history.fetch(1, 2, from: 1, at: 1290)
        history.adopt(1, 2, at: 1300)
        history.announce(1, 1, by: 2, at: 1310)
        history.fetch(1, 1, from: 2, at: 1320)
        return history
    }

    @Test func `is a tree below its producer, with delays and hops`() throws {
        let spread = try #require(Self.history.chronicle().spread(of: History.block(1).hash))
        #expect(spread.producer == 3 && spread.bytes == 9 && spread.madeAt == .at(1000))
        #expect(spread.stops.map(\.node) == [3, 0, 1, 2])
        #expect(spread.stops.map(\.parent) == [nil, 3, 0, 1])
        #expect(spread.stops.map(\.hops) == [0, 1, 2, 3])
        let times: [Duration?] = [0, 100, 200, 300].map { .milliseconds($0) }
        #expect(spread.stops.map(\.adopted) == times)
        #expect(spread.stops[2].announced == .milliseconds(120))
        #expect(spread.stops[2].fetched == .milliseconds(180))
        #expect(spread.stops.map(\.announcementCount) == [0, 1, 2, 1])
        #expect(spread.stops.map(\.deliveryCount) == [0, 1, 2, 1])
        #expect(spread.children == [[1], [2], [3], []])
        #expect(spread.slowestWay == [0, 1, 2, 3] && spread.depth == 3)
        #expect(spread.lastAdoption == .milliseconds(300) && spread.missing == [])
    }

    @Test func `goes by the header where nobody told of the body`() throws {
        var history = History()
        history.make(1, by: 3, at: 1000)
        history.announce(1, 0, by: 3, at: 1050)
        history.adopt(1, 0, at: 1100)
        let spread = try #require(history.chronicle().spread(of: History.block(1).hash))
        #expect(spread.stops.map(\.parent) == [nil, 3] && spread.stops[1].hops == 1)
        #expect(spread.missing == [1, 2])
    }

    @Test func `puts beside the tree whoever got it from a stranger or in a ring`() throws {
        var history = History()
        history.make(1, by: 3, at: 1000)
        history.fetch(1, 0, from: 9, at: 1100)
        history.fetch(1, 1, from: 2, at: 1200)
        history.fetch(1, 2, from: 1, at: 1300)
        let chronicle = history.chronicle()
        let spread = try #require(chronicle.spread(of: History.block(1).hash))
        #expect(spread.stops.map(\.node) == [3, 0, 1, 2])
        #expect(spread.stops.map(\.hops) == [0, nil, nil, nil])
        #expect(spread.stops.map(\.parent) == [nil, nil, nil, nil])
        #expect(spread.slowestWay == [0])
    }

    @Test func `ends where nodes only catch up`() throws {
        let patience = Expectation.Spread.patience.wholeNanoseconds / 1_000_000
        var history = History()
        history.make(1, by: 3, at: 1000)
        history.fetch(1, 0, from: 3, at: 1000 + patience)
        history.fetch(1, 1, from: 3, at: 1001 + patience)
        let chronicle = history.chronicle(until: 500_000)
        let spread = try #require(chronicle.spread(of: History.block(1).hash))
        #expect(spread.stops.map(\.node) == [3, 0])
    }

    @Test func `is unknown of a block that nobody made`() {
        var history = History()
        history.adopt(1, 0, at: 1000)
        #expect(history.chronicle().spread(of: History.block(1).hash) == nil)
        #expect(history.chronicle().spread(of: .zero) == nil)
    }

    @Test func `is never earlier than its making, whatever clocks say`() throws {
        var history = History()
        history.fetch(1, 0, from: 3, at: 990)
        history.adopt(1, 0, at: 995)
        history.make(1, by: 3, at: 1000)
        let spread = try #require(history.chronicle().spread(of: History.block(1).hash))
        #expect(spread.stops[1].adopted == .zero && spread.stops[1].fetched == .zero)
    }

    @Test func `counts what was received twice, and bytes for each useful one`() {
        var history = Self.history
        // A rival that is lost costs its bytes as well.
        history.make(2, fork: 1, by: 0, at: 2000)
        history.fetch(2, fork: 1, 1, from: 0, bytes: 11, at: 2050)
        let propagation = history.chronicle().propagation
        #expect(propagation.blocks.map(\.id) == [History.block(1).hash])
        let cost = propagation.cost
        #expect(cost.announcementCount == 4 && cost.duplicateAnnouncementCount == 1)
        #expect(cost.deliveryCount == 4 && cost.duplicateDeliveryCount == 1)
        #expect(cost.usefulBytes == 3 * 9 && cost.receivedBytes == 4 * 9 + 11)
        #expect(propagation.hopCounts == [0, 1, 1, 1] && propagation.strayCount == 0)
    }
}

@Suite struct `Centiles of a run` {
    @Test func `are those that expectations go by`() throws {
        var history = History()
        for block in 1...20 {
            let start = Int64(block) * 200
            history.make(UInt64(block), by: 3, at: start)
            for number in 0..<3 {
                history.adopt(UInt64(block), number, at: start + Int64(block * 3 + number))
            }
        }
        let delays = history.chronicle().propagation.blockDelays
        #expect(delays.pairCount == 60 && delays.times.count == 60 && delays.missingCount == 0)
        for centile in Expectation.Centile.allCases {
            let time = try #require(delays[centile]).wholeNanoseconds / 1_000_000
            let claim = "finally \(centile.rawValue) of block propagation"
            #expect(try history.judge("\(claim) <= \(time)ms", until: 10_000).word == "held")
            #expect(try history.judge("\(claim) < \(time)ms", until: 10_000).word == "broken")
        }
    }

    @Test func `are not reached where too few came`() {
        var history = History()
        history.make(1, by: 3, at: 1000)
        for number in 0..<2 { history.adopt(1, number, at: 1100) }
        let delays = history.chronicle().propagation.blockDelays
        #expect(delays.pairCount == 3 && delays.missingCount == 1)
        #expect(delays[.p50] == .milliseconds(100) && delays[.p90] == nil && delays[.max] == nil)
        #expect(Delays()[.p50] == nil)
    }

    @Test func `follow a transaction into the block that it is in`() {
        let (paid, lost) = (Hash(of: [1]), Hash(of: [2]))
        var history = History()
        for id in [paid, lost] {
            history.note(.chain(.sighted(transaction: id, from: nil)), of: 0, at: 500)
        }
        history.note(
            .chain(.sighted(transaction: paid, from: History.reference(0))),
            of: 3,
            at: 600
        )
        history.make(1, transactions: [paid], by: 3, at: 1000)
        for number in 0..<3 { history.adopt(1, number, at: 1100 + Int64(number) * 100) }
        let propagation = history.chronicle().propagation
        #expect(propagation.transactionCount == 2 && propagation.includedCount == 1)
        // Three others for each; those of `lost` never saw it.
        #expect(propagation.transactionDelays.pairCount == 6)
        #expect(propagation.transactionDelays.times == [100, 700, 800].map { .milliseconds($0) })
        #expect(propagation.inclusionDelays.times == [600, 700, 800].map { .milliseconds($0) })
        #expect(propagation.inclusionDelays.pairCount == 6)
    }

    @Test func `leave out what was made before all were healthy`() {
        var history = History(healthyAt: 2000)
        history.make(1, by: 3, at: 1000)
        history.fetch(1, 0, from: 3, at: 1010)
        for number in 0..<3 { history.adopt(1, number, at: 1100) }
        var facts = history.facts
        facts.sort { $0.at < $1.at }
        let propagation = History(facts: facts).chronicle().propagation
        #expect(propagation.blocks.isEmpty && propagation.cost == .init())
    }

    @Test func `choose the block whose last adoption is the median`() {
        var history = History()
        for (block, delay) in [(1, 300), (2, 100), (3, 200), (4, 400)] {
            let start = Int64(block) * 1000
            history.make(UInt64(block), by: 3, at: start)
            for number in 0..<3 where block != 4 || number > 0 {
                history.adopt(UInt64(block), number, at: start + Int64(delay))
            }
        }
        let typical = history.chronicle().propagation.typical
        #expect(typical?.id == History.block(3).hash && typical?.isMedian == true)
        var other = History()
        other.make(1, by: 3, at: 1000)
        for number in 0..<2 { other.adopt(1, number, at: 1100) }
        #expect(other.chronicle().propagation.typical?.isMedian == false)
        #expect(History().chronicle().propagation.typical == nil)
    }
}

struct ReceiptLogTests {
    @Test func `forgets the oldest block for one more than it has room for`() {
        var log = ReceiptLog()
        for height in 1...UInt64(ReceiptLog.limit) {
            log.take(.adopted(History.block(height)), of: 0, from: nil, at: .at(1))
        }
        #expect(log.count == ReceiptLog.limit && log[History.block(1).hash] != nil)
        log.take(.adopted(History.block(60_000)), of: 0, from: nil, at: .at(1))
        #expect(log.count == ReceiptLog.limit && log[History.block(1).hash] == nil)
        #expect(log.all.count == ReceiptLog.limit)
        #expect(log.all.last?.block == History.block(60_000))
        for height in 1...UInt64(2 * ReceiptLog.limit) {
            log.take(.adopted(History.block(height, fork: 3)), of: 0, from: nil, at: .at(1))
        }
        #expect(log.all.map(\.block.height).first == UInt64(ReceiptLog.limit) + 1)
    }

    @Test func `keeps what was first`() {
        var log = ReceiptLog()
        let block = History.block(1)
        let peer = History.reference(1)
        log.take(.announced(block, by: peer), of: 0, from: 1, at: .at(1))
        log.take(.announced(block, by: peer), of: 0, from: 2, at: .at(2))
        log.take(.fetched(block, from: peer, bytes: 5), of: 0, from: nil, at: .at(3))
        log.take(.fetched(block, from: peer, bytes: 5), of: 0, from: 2, at: .at(4))
        log.take(.adopted(block), of: 0, from: nil, at: .at(5))
        log.take(.adopted(block), of: 0, from: nil, at: .at(9))
        let receipt = log[block.hash]?.receipts[0]
        #expect(receipt?.announcedAt == .at(1) && receipt?.announcer == 1)
        #expect(receipt?.fetchedAt == .at(3) && receipt?.deliverer == nil)
        #expect(receipt?.announcementCount == 2 && receipt?.deliveryCount == 2)
        #expect(receipt?.byteCount == 10 && receipt?.adoptedAt == .at(5))
    }
}
