import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// A seed's crawl (C§7.7), and the seed rows of `pex_reactor_test.go` (C§13).
@Suite struct CrawlerTests {
    /// The machine and its clock.
    final class Crawl {
        var crawler: Crawler
        var now = Instant(nanoseconds: 1_000_000_000_000)

        init(_ change: (inout Crawler.Settings) -> Void = { _ in }) {
            var settings = Crawler.Settings()
            change(&settings)
            crawler = Crawler(settings: settings, now: now)
        }

        @discardableResult
        func tell(_ input: Crawler.Input) -> [Crawler.Effect] {
            var effects: [Crawler.Effect] = []
            crawler.handle(input, now: now, into: &effects)
            return effects
        }

        func wait(_ duration: Duration) { now = now.advanced(by: duration) }

        func connect(_ number: Int, outbound: Bool = true, kept: Bool = false) -> [Crawler.Effect] {
            tell(
                .connected(
                    Self.peer(number),
                    spread(number).id,
                    isOutbound: outbound,
                    isKept: kept
                )
            )
        }

        static func peer(_ number: Int) -> PeerID { PeerID(rawValue: UInt32(number)) }
    }

    @Test func `PEXReactorSeedMode: a crawl dials, asks and hangs up once answered`() {
        let crawl = Crawl()
        #expect(crawl.crawler.nextDeadline == crawl.now)
        #expect(crawl.tell(.deadline) == [.drawSelection])
        #expect(crawl.tell(.candidates([spread(1)])) == [.dial(spread(1))])
        let peer = Crawl.peer(1)
        #expect(crawl.connect(1) == [.ask(peer)])
        #expect(crawl.tell(.answered(peer)) == [.hangUp(peer, .notWanted)])
        #expect(crawl.tell(.answered(peer)) == [])
        #expect(crawl.tell(.disconnected(peer)) == [])
        #expect(crawl.crawler.inFlightCount == 0)
        #expect(crawl.crawler.visitCount == 1)
    }

    @Test
    func `PEXReactorDoesNotDisconnectFromPersistentPeerInSeedMode: those to be kept are kept`() {
        let crawl = Crawl()
        crawl.tell(.deadline)
        crawl.tell(.candidates([spread(1)]))
        #expect(crawl.connect(1, kept: true) == [.ask(Crawl.peer(1))])
        #expect(crawl.tell(.answered(Crawl.peer(1))) == [])
        #expect(crawl.connect(2, outbound: false, kept: true) == [])
        crawl.wait(.seconds(1000))
        #expect(crawl.tell(.deadline) == [.drawSelection])
    }

    @Test func `seeds keep peers 28 h: an inbound one that asks for nothing goes after a minute`() {
        let crawl = Crawl()
        crawl.tell(.deadline)
        #expect(crawl.connect(1, outbound: false) == [])
        crawl.wait(.seconds(20))
        crawl.tell(.deadline)
        #expect(crawl.connect(2, outbound: false) == [])
        crawl.wait(.seconds(40))
        #expect(crawl.tell(.deadline) == [.hangUp(Crawl.peer(1), .seedIdle), .drawSelection])
        #expect(crawl.tell(.deadline) == [])
        crawl.tell(.disconnected(Crawl.peer(1)))
        crawl.wait(.seconds(20))
        #expect(crawl.crawler.nextDeadline == crawl.now)
        #expect(crawl.tell(.deadline) == [.hangUp(Crawl.peer(2), .seedIdle)])
    }

    @Test func `seeds keep peers 28 h: one that answers nothing goes at the deadline`() {
        let crawl = Crawl { $0.answerTimeout = .seconds(15) }
        crawl.tell(.deadline)
        crawl.tell(.candidates([spread(1)]))
        _ = crawl.connect(1)
        crawl.wait(.seconds(15))
        #expect(crawl.crawler.nextDeadline == crawl.now)
        #expect(crawl.tell(.deadline) == [.hangUp(Crawl.peer(1), .notWanted)])
        #expect(crawl.crawler.inFlightCount == 0)
    }

    @Test func `the crawl is sequential: ours has a bounded number of visits at a time`() {
        let crawl = Crawl { $0.inFlightLimit = 4 }
        crawl.tell(.deadline)
        let effects = crawl.tell(.candidates((1...10).map(spread)))
        #expect(effects == (1...4).map { .dial(spread($0)) })
        #expect(crawl.crawler.inFlightCount == 4)
        // A dead address makes room for the next.
        #expect(crawl.tell(.dialFailed(spread(2).id)) == [.dial(spread(5))])
        #expect(crawl.tell(.dialFailed(spread(2).id)) == [])
        // So does one that neither connects nor fails.
        crawl.wait(.seconds(10))
        #expect(crawl.tell(.deadline) == (6...9).map { .dial(spread($0)) })
        #expect(crawl.crawler.inFlightCount == 4)
    }

    @Test func `a dial that comes up after its visit was given up is hung up on`() {
        let crawl = Crawl()
        crawl.tell(.deadline)
        crawl.tell(.candidates([spread(1)]))
        crawl.wait(.seconds(10))
        crawl.tell(.deadline)
        #expect(crawl.crawler.inFlightCount == 0)
        #expect(crawl.connect(1) == [.hangUp(Crawl.peer(1), .notWanted)])
    }

    @Test(arguments: [1, 10])
    func `rounds and repeat visits come at upstream's times, divided by the pace`(pace: Int) {
        let crawl = Crawl { $0.pace = pace }
        crawl.tell(.deadline)
        crawl.tell(.candidates([spread(1)]))
        crawl.tell(.dialFailed(spread(1).id))
        #expect(crawl.crawler.nextDeadline == crawl.now.advanced(by: .seconds(30) / pace))
        crawl.wait(.seconds(30) / pace - .nanoseconds(1))
        #expect(crawl.tell(.deadline) == [])
        crawl.wait(.nanoseconds(1))
        for _ in 0..<3 {
            #expect(crawl.tell(.deadline) == [.drawSelection])
            #expect(crawl.tell(.candidates([spread(1)])) == [])
            crawl.wait(.seconds(30) / pace)
        }
        #expect(crawl.tell(.deadline) == [.drawSelection])
        #expect(crawl.tell(.candidates([spread(1)])) == [.dial(spread(1))])
    }

    @Test func `who is connected already is not visited`() {
        let crawl = Crawl()
        crawl.tell(.deadline)
        _ = crawl.connect(1, outbound: false)
        #expect(crawl.tell(.candidates([spread(1), spread(2)])) == [.dial(spread(2))])
    }

    @Test func `a visit whose peer leaves is over`() {
        let crawl = Crawl { $0.inFlightLimit = 1 }
        crawl.tell(.deadline)
        crawl.tell(.candidates([spread(1), spread(2)]))
        _ = crawl.connect(1)
        #expect(crawl.tell(.disconnected(Crawl.peer(1))) == [.dial(spread(2))])
    }

    @Test func `visits are forgotten after a day`() {
        let crawl = Crawl()
        crawl.tell(.deadline)
        crawl.tell(.candidates([spread(1)]))
        crawl.tell(.dialFailed(spread(1).id))
        crawl.wait(.seconds(86_400))
        crawl.tell(.deadline)
        #expect(crawl.crawler.visitCount == 1)
        crawl.wait(.seconds(30))
        crawl.tell(.deadline)
        #expect(crawl.crawler.visitCount == 0)
    }

    @Test func `ten thousand visits are remembered, and one more costs the oldest`() {
        let crawl = Crawl()
        for number in 0..<Crawler.visitLimit {
            crawl.tell(.candidates([spread(number)]))
            crawl.tell(.dialFailed(spread(number).id))
            crawl.wait(.microseconds(1))
        }
        #expect(crawl.crawler.visitCount == Crawler.visitLimit)
        #expect(crawl.tell(.candidates([spread(50_000)])) == [.dial(spread(50_000))])
        #expect(crawl.crawler.visitCount == Crawler.visitLimit)
        // The first visit is the one that was forgotten.
        crawl.tell(.dialFailed(spread(50_000).id))
        #expect(crawl.tell(.candidates([spread(1)])) == [])
        #expect(crawl.tell(.candidates([spread(0)])) == [.dial(spread(0))])
    }

    @Test func `no more than a selection waits for a visit`() {
        let crawl = Crawl { $0.inFlightLimit = 1 }
        crawl.tell(.candidates((0..<251).map(spread)))
        var dialCount = 1
        for number in 0..<251 {
            dialCount += crawl.tell(.dialFailed(spread(number).id)).count
        }
        #expect(dialCount == 250)
    }

    @Test(arguments: Seed.sweep())
    func `whatever happens, visits stay bounded and come to an end`(seed: Seed) {
        var random = seed.random
        let crawl = Crawl { $0.inFlightLimit = 5 }
        var connected: Set<Int> = []
        for _ in 0..<2000 {
            let number = random.below(40)
            let peer = Crawl.peer(number)
            var effects: [Crawler.Effect] = []
            switch random.below(7) {
            case 0: effects = crawl.tell(.deadline)
            case 1:
                effects = crawl.tell(.candidates((0..<20).map { _ in spread(random.below(40)) }))
            case 2 where connected.insert(number).inserted:
                effects = crawl.connect(number, outbound: random.chance(2, in: 3))
            case 3: effects = crawl.tell(.dialFailed(spread(number).id))
            case 4:
                effects = crawl.tell(random.chance(1, in: 2) ? .answered(peer) : .noAnswer(peer))
            case 5 where connected.remove(number) != nil: effects = crawl.tell(.disconnected(peer))
            default: crawl.wait(.milliseconds(random.below(5000)))
            }
            #expect(crawl.crawler.inFlightCount <= 5)
            for effect in effects {
                switch effect {
                case .hangUp(let peer, _), .ask(let peer):
                    #expect(connected.contains(Int(peer.rawValue)))
                case .dial(let address):
                    #expect(!connected.contains { spread($0).id == address.id })
                case .drawSelection: break
                }
            }
        }
        crawl.tell(.candidates([]))
        crawl.wait(.seconds(100))
        crawl.tell(.deadline)
        #expect(crawl.crawler.inFlightCount == 0)
    }
}
