import Testing
import WarrenConnection
import WarrenHandshake
import WarrenPrimitives

/// From the first byte to the exchange of NodeInfo.
struct ConnectionIntroductionTests {
    private func after(_ duration: Duration) -> Instant { Script.start.advanced(by: duration) }

    /// What `right` makes of a peer that says `info`; the other end is not so choosy.
    private func judge(_ change: (inout NodeInfo) -> Void) -> Connection.Violation? {
        var info = Script.info(1)
        change(&info)
        let pair = Pair(End(1, info: info), End(2))
        pair.settle()
        #expect(pair.right.effects.isEmpty || pair.right.violation == nil)
        return pair.right.violation
    }

    @Test func `two nodes learn who the other is, and nothing else happens`() {
        let pair = Pair()
        pair.settle()
        #expect(pair.left.effects == [.authenticated(Script.key(2).id, Script.info(2))])
        #expect(pair.right.effects == [.authenticated(Script.key(1).id, Script.info(1))])
        #expect(pair.left.connection.phase == .open(Script.key(2).id))
        #expect(pair.left.connection.remoteID == Script.key(2).id)
        #expect(pair.left.connection.unwrittenByteCount == 0)
        #expect(pair.left.connection.nextDeadline == after(.seconds(60)))
    }

    @Test func `a stranger in place of the dialed node is told nothing`() {
        let pair = Pair(End(1, expecting: 9), End(2))
        pair.settle()
        #expect(
            pair.left.violation
                == .wrongID(expected: Script.key(9).id, found: Script.key(2).id)
        )
        #expect(pair.left.connection.phase == .closed)
        // It proved its key, and waits for a NodeInfo that never comes.
        #expect(pair.right.effects.isEmpty)
        #expect(
            pair.right.connection.phase
                == .introducing(Script.key(1).id, until: after(.seconds(3)))
        )
    }

    @Test func `an open connection dropped by its peer knows who that was`() {
        let pair = Pair(End(1, expecting: 9), End(2))
        pair.settle()
        #expect(pair.left.connection.remoteID == Script.key(2).id)
    }

    @Test func `NodeInfo is checked in upstream's order`() {
        #expect(judge { _ in } == nil)
        let upper = Script.key(1).id.description.uppercased()
        #expect(
            judge { $0.id = upper } == .misstatedID(key: Script.key(1).id, told: upper)
        )
        #expect(judge { $0.moniker = "" } == .badNodeInfo(.moniker))
        #expect(
            judge { $0.id = Script.key(7).id.description }
                == .misstatedID(key: Script.key(1).id, told: Script.key(7).id.description)
        )
        #expect(
            judge { $0.protocolVersion.block = 12 }
                == .incompatible(.blockProtocol(ours: 11, theirs: 12))
        )
        #expect(
            judge { $0.network = "other" }
                == .incompatible(.network(ours: Script.network, theirs: "other"))
        )
        #expect(judge { $0.channels = [0x20] } == .incompatible(.noCommonChannel))
        #expect(judge { $0.channels = [] } == .incompatible(.noCommonChannel))
        // Two faults: the earlier check speaks.
        #expect(
            judge {
                $0.moniker = " "
                $0.network = "other"
            } == .badNodeInfo(.moniker)
        )
        #expect(
            judge {
                $0.id = Script.key(2).id.description
                $0.network = "other"
            } == .misstatedID(key: Script.key(1).id, told: Script.key(2).id.description)
        )
        #expect(
            judge {
                $0.network = "other"
                $0.channels = []
            } == .incompatible(.network(ours: Script.network, theirs: "other"))
        )
    }

    @Test func `a node does not talk to itself`() {
        let left = End(1)
        let right = End(
            Connection(
                settings: .unlimited,
                key: Script.key(1),
                ownInfo: Script.info(1),
                channels: Script.channels,
                expecting: nil,
                ephemeralSecret: [UInt8](repeating: 55, count: 32),
                now: Script.start
            )
        )
        let pair = Pair(left, right)
        pair.settle()
        #expect(left.violation == .ownID)
        #expect(right.violation == .ownID)
    }

    @Test func `NodeInfo may have 10240 bytes and no more`() throws {
        func info(padding: Int) -> NodeInfo {
            var info = Script.info(1)
            info.network = Script.network
            info.rpcAddress = String(repeating: "x", count: padding)
            return info
        }
        let spare = NodeInfo.byteLimit - info(padding: 5000).encoded.count
        let exact = info(padding: 5000 + spare)
        #expect(exact.encoded.count == NodeInfo.byteLimit)
        let pair = Pair(End(1, info: exact), End(2))
        pair.settle()
        #expect(pair.right.effects == [.authenticated(Script.key(1).id, exact)])

        let over = Pair(End(1, info: info(padding: 5001 + spare)), End(2))
        over.settle()
        #expect(over.right.violation == .nodeInfoTooLong(length: 10_241, limit: 10_240))
    }

    @Test func `a NodeInfo that is none is refused`() throws {
        for (bytes, violation): ([UInt8], Connection.Violation) in [
            ([0x01, 0x08], .malformedNodeInfo(.truncated)),
            ([UInt8](repeating: 0xFF, count: 10), .malformedNodeInfo(.varintTooLong)),
            ([0xFF, 0xFF, 0x7F], .nodeInfoTooLong(length: 2_097_151, limit: 10_240)),
            ([0x02, 0x10, 0x01], .malformedNodeInfo(.wrongWireType(field: 2))),
            // Empty: its id is no address.
            ([0x00], .badNodeInfo(emptyFlaw)),
        ] {
            var peer = Peer()
            let end = End(2)
            try peer.authenticate(with: end)
            try peer.send(bytes, to: end)
            #expect(end.violation == violation)
            #expect(end.connection.phase == .closed)
        }
    }

    private var emptyFlaw: NodeInfo.Flaw {
        var info = Script.info(1)
        info.id = ""
        info.listenAddress = ""
        do {
            try info.validate()
            return .moniker
        } catch {
            return error
        }
    }

    @Test func `each half of the handshake has its own time, to the nanosecond`() {
        let instant = after(.seconds(3))
        let early = instant.advanced(by: .nanoseconds(-1))
        let silent = End(1)
        silent.start()
        #expect(silent.connection.nextDeadline == instant)
        silent.deadline(now: early)
        #expect(silent.violation == nil)
        silent.deadline(now: instant)
        #expect(silent.violation == .handshakeTimeout(.secretConnection))
        #expect(silent.connection.nextDeadline == nil)

        let pair = Pair(End(1, expecting: 9), End(2))
        pair.now = early
        pair.settle()
        let later = early.advanced(by: .seconds(3))
        #expect(pair.right.connection.nextDeadline == later)
        pair.right.deadline(now: later.advanced(by: .nanoseconds(-1)))
        #expect(pair.right.violation == nil)
        pair.right.deadline(now: later)
        #expect(pair.right.violation == .handshakeTimeout(.nodeInfo))
    }

    @Test func `bytes that come after the deadline are too late, deadline called or not`() {
        let pair = Pair()
        pair.now = after(.seconds(3))
        pair.move(from: pair.left, to: pair.right)
        #expect(pair.right.violation == .handshakeTimeout(.secretConnection))
    }

    @Test func `a violation of the secret connection is handed on`() {
        let end = End(1)
        end.start()
        end.take([0x22, 0x0A, 0x20] + [UInt8](repeating: 0, count: 32))
        #expect(end.violation == .handshake(.lowOrderKey))
    }

    @Test func `packets right behind NodeInfo are taken in the same breath`() throws {
        var peer = Peer()
        let end = End(2)
        try peer.authenticate(with: end)
        let info = ProtobufWriter.delimited(Script.info(1).encoded)
        try peer.send(info + [8, 0x1A, 6, 0x10, 1, 0x1A, 2, 7, 9], to: end)
        #expect(
            end.effects == [
                .authenticated(Script.key(1).id, Script.info(1)),
                .deliver(0x00, [7, 9]),
            ]
        )
    }

    @Test func `saying goodbye before the channels are open ends at once`() {
        let end = End(1)
        end.start()
        end.finish()
        #expect(end.effects == [.finished])
        end.finish()
        #expect(end.effects == [.finished])
        #expect(end.connection.nextDeadline == nil)
        end.take([1, 2, 3])
        #expect(end.violation == nil)
        #expect(end.arrived.isEmpty)
    }
}
