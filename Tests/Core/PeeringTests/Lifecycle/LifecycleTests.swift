import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

private let peer = LifecycleBench.peer

@Suite struct `Hello` {
    @Test func `goes out first, and the peer's is reported`() {
        var bench = LifecycleBench()
        bench.connect()
        #expect(bench.sent == [.hello(LifecycleBench.hello)])
        #expect(!bench.subject.isGreeted(peer))
        let theirs = Lifecycle.Hello(
            diffusionMode: .initiatorOnly,
            sharesPeers: false,
            tip: [1, 2, 3]
        )
        bench.receive(.hello(theirs))
        #expect(bench.reports == [.hello(peer, theirs)])
        #expect(bench.subject.isGreeted(peer))
        #expect(bench.stops.isEmpty)
    }

    @Test(arguments: [
        LifecycleMessage.keepAlive(cookie: 1), .keepAliveReply(cookie: 1), .use(epoch: 1, .warm),
        .useAck(epoch: 1),
    ])
    func `must be the first message`(message: LifecycleMessage) {
        var bench = LifecycleBench()
        bench.connect()
        bench.receive(message)
        #expect(bench.stops == [.helloMissing])
        bench.receive(.hello(LifecycleBench.hello))
        #expect(bench.reports.isEmpty)
        #expect(bench.stops.count == 1)
    }

    @Test func `must not come twice`() {
        var bench = LifecycleBench.greeted()
        bench.receive(.hello(LifecycleBench.hello))
        #expect(bench.stops == [.unsolicitedMessage])
    }

    @Test func `is due within its timeout, and not a nanosecond later`() {
        for late in [false, true] {
            var bench = LifecycleBench()
            bench.connect()
            let due = bench.now.advanced(by: bench.subject.settings.helloTimeout)
            #expect(bench.subject.nextDeadline == due)
            bench.advance(to: late ? due : due.advanced(by: .nanoseconds(-1)))
            #expect(bench.stops == (late ? [.helloTimeout] : []))
            bench.advance(to: due)
            #expect(bench.stops == [.helloTimeout])
            bench.pass(.seconds(1))
            #expect(bench.stops == [.helloTimeout])
            #expect(bench.subject.nextDeadline == nil)
        }
    }

    @Test func `may come before addPeer, and ours still goes out once`() {
        var bench = LifecycleBench()
        bench.tell(.initPeer(LifecycleBench.peer()))
        bench.receive(.hello(LifecycleBench.hello))
        #expect(bench.reports.count == 1)
        #expect(bench.sent.isEmpty)
        bench.credit.open(peer, bench.subject.channels[0])
        bench.tell(.addPeer(LifecycleBench.peer()))
        #expect(bench.sent.first == .hello(LifecycleBench.hello))
        #expect(bench.sent.count == 2)
    }

    @Test func `is expected anew when the peer comes again`() {
        var bench = LifecycleBench.greeted()
        bench.tell(.removePeer(peer, .closedByPeer))
        bench.connect()
        bench.receive(.keepAlive(cookie: 1))
        #expect(bench.sent == [.hello(LifecycleBench.hello)])
        #expect(bench.stops == [.helloMissing])
    }

    @Test func `is not for a peer without the channel, which is reported instead`() {
        var bench = LifecycleBench()
        bench.connect(channels: [.peerExchange])
        #expect(bench.reports == [.without(peer)])
        #expect(bench.sent.isEmpty)
        #expect(bench.subject.nextDeadline == nil)
        let answers = [bench.use(.warm), bench.use(.none), bench.use(.hot)]
        #expect(answers == [true, true, false])
        #expect(
            bench.reports.suffix(2) == [.acknowledged(peer, .warm), .acknowledged(peer, .none)]
        )
    }

    @Test(
        arguments: [
            [], [0x30, 1], [0xFF], [0x0A, 0], [0x0A, 2, 8, 3], [0x0A, 5],
            [0x12, 6, 8, 255, 255, 255, 255, 127],
            [0x22, 4, 8, 1, 16, 3],
        ] as [[UInt8]]
    )
    func `undecodable bytes are a bad message`(bytes: [UInt8]) {
        var bench = LifecycleBench.greeted()
        bench.receive(bytes)
        #expect(bench.stops == [.badMessage])
        var early = LifecycleBench()
        early.connect()
        early.receive(bytes)
        #expect(early.stops == [.badMessage])
    }
}

@Suite struct `Keep-alive` {
    @Test func `measures at once, then every interval after the reply`() throws {
        var bench = LifecycleBench()
        bench.connect()
        bench.receive(.hello(LifecycleBench.hello))
        guard case .keepAlive(let cookie) = bench.sent.last else {
            Issue.record("\(bench.sent)")
            return
        }
        bench.now = bench.now.advanced(by: .milliseconds(42))
        bench.receive(.keepAliveReply(cookie: cookie))
        #expect(bench.reports.last == .roundTrip(peer, .milliseconds(42)))
        bench.forget()
        let due = bench.now.advanced(by: bench.subject.settings.keepAliveInterval)
        while let soon = bench.subject.nextDeadline, soon < due { bench.advance(to: soon) }
        #expect(bench.subject.nextDeadline == due)
        #expect(bench.sent.isEmpty)
        bench.advance(to: due)
        guard case .keepAlive(let next) = bench.sent.last else {
            Issue.record("\(bench.sent)")
            return
        }
        #expect(next != cookie)
    }

    @Test func `is answered with its cookie`() {
        var bench = LifecycleBench.greeted()
        bench.receive(.keepAlive(cookie: .max))
        bench.receive(.keepAlive(cookie: 0))
        #expect(bench.sent == [.keepAliveReply(cookie: .max), .keepAliveReply(cookie: 0)])
    }

    @Test func `another cookie than ours is unsolicited, and so is a second reply`() {
        var wrong = LifecycleBench.greeted()
        wrong.pass(.seconds(10))
        guard case .keepAlive(let cookie) = wrong.sent.last else {
            Issue.record("\(wrong.sent)")
            return
        }
        var twice = wrong
        wrong.receive(.keepAliveReply(cookie: cookie ^ 1))
        #expect(wrong.stops == [.unsolicitedMessage])
        twice.receive(.keepAliveReply(cookie: cookie))
        #expect(twice.stops.isEmpty)
        twice.receive(.keepAliveReply(cookie: cookie))
        #expect(twice.stops == [.unsolicitedMessage])
    }

    @Test func `no reply within a minute ends the connection`() {
        var bench = LifecycleBench.greeted()
        bench.pass(.seconds(10))
        bench.pass(.seconds(60) - .nanoseconds(1))
        #expect(bench.stops.isEmpty)
        bench.pass(.nanoseconds(1))
        #expect(bench.stops == [.keepAliveTimeout])
    }

    @Test func `ten in a second are answered, the eleventh comes too soon`() {
        var bench = LifecycleBench.greeted()
        for _ in 0..<2 {
            for cookie in 0..<UInt32(Lifecycle.keepAliveRateLimit) {
                bench.receive(.keepAlive(cookie: cookie))
            }
            bench.drain()
            #expect(bench.stops.isEmpty)
            bench.now = bench.now.advanced(by: .seconds(1))
        }
        bench.now = bench.now.advanced(by: .nanoseconds(-1))
        bench.receive(.keepAlive(cookie: 9))
        #expect(bench.stops == [.requestTooSoon])
    }

    @Test func `a second one before our reply could leave comes too soon`() {
        var bench = LifecycleBench.greeted()
        bench.fill()
        bench.receive(.keepAlive(cookie: 1))
        #expect(bench.stops.isEmpty)
        bench.receive(.keepAlive(cookie: 2))
        #expect(bench.stops == [.requestTooSoon])
    }
}

@Suite struct `Use` {
    @Test func `is announced with rising epochs, and acknowledged in order`() {
        var bench = LifecycleBench.greeted()
        let answers = [bench.use(.warm), bench.use(.hot), bench.use(.warm)]
        #expect(answers == [true, true, true])
        #expect(bench.sent == [.use(epoch: 1, .warm), .use(epoch: 2, .hot), .use(epoch: 3, .warm)])
        #expect(bench.subject.level(peer) == .warm)
        for epoch in 1...3 as ClosedRange<UInt64> { bench.receive(.useAck(epoch: epoch)) }
        #expect(
            bench.reports == [
                .acknowledged(peer, .warm), .acknowledged(peer, .hot), .acknowledged(peer, .warm),
            ]
        )
        #expect(bench.stops.isEmpty)
    }

    @Test(arguments: [0, 2, 9] as [UInt64])
    func `an acknowledgement of another epoch is unsolicited`(epoch: UInt64) {
        var bench = LifecycleBench.greeted()
        bench.use(.warm)
        bench.receive(.useAck(epoch: epoch))
        #expect(bench.stops == [.unsolicitedMessage])
    }

    @Test func `an acknowledgement of an earlier epoch is none of the last`() {
        var bench = LifecycleBench.greeted()
        bench.use(.hot)
        bench.use(.warm)
        bench.use(.none)
        bench.receive(.useAck(epoch: 1))
        #expect(!bench.subject.isSettled(peer))
        bench.receive(.useAck(epoch: 2))
        #expect(!bench.subject.isSettled(peer))
        bench.receive(.useAck(epoch: 3))
        #expect(bench.subject.isSettled(peer))
        // Nor is the same acknowledged twice.
        var again = LifecycleBench.greeted()
        again.use(.hot)
        again.use(.warm)
        again.receive(.useAck(epoch: 1))
        again.receive(.useAck(epoch: 1))
        #expect(again.stops == [.unsolicitedMessage])
        #expect(again.reports == [.acknowledged(peer, .hot)])
    }

    @Test func `of a level that holds is acknowledged at once, and not announced again`() {
        var bench = LifecycleBench.greeted()
        bench.use(.none)
        #expect(bench.reports == [.acknowledged(peer, .none)])
        bench.use(.warm)
        bench.use(.warm)
        #expect(bench.sent == [.use(epoch: 1, .warm)])
        bench.receive(.useAck(epoch: 1))
        #expect(bench.reports == [.acknowledged(peer, .none), .acknowledged(peer, .warm)])
    }

    @Test func `of a peer that is not there is refused`() {
        var bench = LifecycleBench()
        let answer = bench.use(.warm)
        #expect(!answer)
    }

    @Test(arguments: [
        ([Lifecycle.Level.hot], Duration.seconds(10)), ([.hot, .warm], .seconds(300)),
        ([.hot, .none], .seconds(120)), ([.warm, .none], .seconds(120)),
    ])
    func `must be acknowledged in the time of its step`(
        levels: [Lifecycle.Level],
        limit: Duration
    ) {
        var bench = LifecycleBench.greeted()
        for (index, level) in levels.enumerated() {
            bench.use(level)
            if index + 1 < levels.count { bench.receive(.useAck(epoch: UInt64(index + 1))) }
        }
        let end = bench.now.advanced(by: limit)
        bench.advance(until: end.advanced(by: .nanoseconds(-1)))
        #expect(bench.stops.isEmpty)
        bench.advance(until: end)
        #expect(bench.stops == [.useTimeout])
    }

    @Test func `behind one that takes long may take as long`() {
        var bench = LifecycleBench.greeted()
        bench.use(.hot)
        bench.receive(.useAck(epoch: 1))
        bench.use(.warm)
        bench.use(.hot)
        let end = bench.now.advanced(by: .seconds(300))
        bench.advance(until: end.advanced(by: .nanoseconds(-1)))
        #expect(bench.stops.isEmpty)
        bench.advance(until: end)
        #expect(bench.stops == [.useTimeout])
    }

    @Test func `of the peer is reported and acknowledged`() {
        var bench = LifecycleBench.greeted()
        bench.receive(.use(epoch: 5, .hot))
        #expect(bench.reports == [.usedBy(peer, .hot)])
        #expect(bench.sent == [.useAck(epoch: 5)])
        #expect(bench.subject.usedBy(peer) == .hot)
    }

    @Test(arguments: [0, 4, 5] as [UInt64])
    func `with an epoch that does not rise is a bad message`(epoch: UInt64) {
        var bench = LifecycleBench.greeted()
        bench.receive(.use(epoch: 5, .hot))
        bench.receive(.use(epoch: epoch, .warm))
        #expect(bench.stops == [.badMessage])
    }

    @Test func `lowered is acknowledged after the last owed reply, and the rest in order behind`() {
        var bench = LifecycleBench.greeted()
        bench.receive(.use(epoch: 1, .hot))
        bench.subject.hold(peer)
        bench.subject.hold(peer)
        bench.forget()
        bench.receive(.use(epoch: 2, .warm))
        bench.receive(.use(epoch: 3, .hot))
        bench.release()
        #expect(bench.sent.isEmpty)
        #expect(bench.reports == [.usedBy(peer, .warm), .usedBy(peer, .hot)])
        bench.release()
        #expect(bench.sent == [.useAck(epoch: 2), .useAck(epoch: 3)])
    }

    @Test func `raised does not wait for owed replies`() {
        var bench = LifecycleBench.greeted()
        bench.subject.hold(peer)
        bench.receive(.use(epoch: 1, .hot))
        #expect(bench.sent == [.useAck(epoch: 1)])
    }

    @Test func `of the peer may be unacknowledged eight times, and not nine`() {
        var bench = LifecycleBench.greeted()
        bench.fill()
        for epoch in 1...8 as ClosedRange<UInt64> {
            bench.receive(.use(epoch: epoch, epoch % 2 == 0 ? .warm : .hot))
        }
        #expect(bench.stops.isEmpty)
        var drained = bench
        drained.drain()
        #expect(drained.sent.count == 8)
        bench.receive(.use(epoch: 9, .hot))
        #expect(bench.stops == [.unsolicitedMessage])
    }

    @Test func `of ours is unacknowledged eight times at most, and then only the last is wanted`() {
        var bench = LifecycleBench.greeted()
        for index in 0..<8 { bench.use(index % 2 == 0 ? .warm : .hot) }
        bench.drain()
        #expect(bench.sent.count == 8)
        bench.use(.warm)
        bench.use(.none)
        bench.drain()
        #expect(bench.sent.count == 8)
        bench.receive(.useAck(epoch: 1))
        #expect(bench.sent.last == .use(epoch: 9, .none))
        #expect(bench.sent.count == 9)
    }

    @Test func `without credit is wanted, and sent when there is some`() {
        var bench = LifecycleBench.greeted()
        bench.fill()
        bench.use(.warm)
        bench.use(.hot)
        bench.receive(.use(epoch: 1, .warm))
        bench.receive(.keepAlive(cookie: 3))
        #expect(bench.sent.isEmpty)
        bench.drain()
        #expect(
            bench.sent == [.keepAliveReply(cookie: 3), .useAck(epoch: 1), .use(epoch: 1, .hot)]
        )
    }
}
