import Testing
import WarrenObservation
import WarrenPrimitives

@Suite struct `The oracle of transitions` {
    private func judge(
        _ steps: [(UInt64, ConnectionState, ConnectionState)],
        by oracle: inout TransitionOracle
    ) -> [String] {
        steps.enumerated().compactMap { number, step in
            oracle.take(
                event(
                    UInt64(number + 1),
                    .connection(nil, .accepted(step.0), from: step.1, to: step.2)
                )
            )
        }
    }

    private func event(_ sequence: UInt64, _ note: Note, life: UInt64 = 1) -> Event {
        Event(incarnation: life, sequence: sequence, at: .epoch, note: note)
    }

    @Test func `is content with a whole life, and says what is still open`() {
        var oracle = TransitionOracle()
        let life: [(UInt64, ConnectionState, ConnectionState)] = [
            (1, .unknown, .unnegotiated(.inbound)), (2, .unknown, .unnegotiated(.inbound)),
            (1, .unnegotiated(.inbound), .inboundIdle(.duplex)),
            (1, .inboundIdle(.duplex), .terminating), (1, .terminating, .terminated),
            (1, .terminated, .unknown),
        ]
        #expect(judge(life, by: &oracle) == [])
        #expect(oracle.open.map(\.connection) == [.accepted(2)])
        #expect(oracle.open.map(\.state) == [.unnegotiated(.inbound)])
    }

    @Test func `minds a step that the table lacks`() {
        var oracle = TransitionOracle()
        let steps: [(UInt64, ConnectionState, ConnectionState)] = [
            (1, .unknown, .unnegotiated(.inbound)), (1, .unnegotiated(.inbound), .duplex),
        ]
        #expect(
            judge(steps, by: &oracle) == [
                "in-1 goes from unnegotiatedInbound to duplex, which O§6.3 does not permit"
            ]
        )
    }

    @Test func `minds a chain with a link missing`() {
        var oracle = TransitionOracle()
        let steps: [(UInt64, ConnectionState, ConnectionState)] = [
            (1, .unknown, .unnegotiated(.inbound)),
            (1, .inboundIdle(.duplex), .inbound(.duplex)),
            (2, .inbound(.duplex), .duplex),
        ]
        #expect(
            judge(steps, by: &oracle) == [
                "in-1 was unnegotiatedInbound, and now goes from inboundIdleDup to inboundDup",
                "in-2 was unknown, and now goes from inboundDup to duplex",
            ]
        )
    }

    @Test func `judges the inbound governor alike`() {
        var oracle = TransitionOracle()
        let peer = PeerReference(peer: PeerID(rawValue: 1))
        let steps: [(InboundState?, InboundState?)] = [
            (nil, .idle), (.idle, .hot), (.hot, .cold), (.warm, .idle), (.idle, nil),
        ]
        let complaints = steps.enumerated().compactMap { number, step in
            oracle.take(
                event(
                    UInt64(number + 1),
                    .inbound(peer, .dialed(4), from: step.0, to: step.1)
                )
            )
        }
        #expect(
            complaints == [
                "out-4 goes from hot to cold, which O§7.3 does not permit",
                "out-4 was cold to the inbound governor, and now goes from warm to idle",
            ]
        )
        #expect(oracle.followedCount == 0)
    }

    @Test func `forgives what a gap hides, and a new life that forgot the old`() {
        var oracle = TransitionOracle()
        let steps: [(UInt64, UInt64, ConnectionState, ConnectionState)] = [
            (1, 1, .unknown, .unnegotiated(.inbound)),
            (1, 7, .inbound(.duplex), .duplex),
            (2, 1, .unknown, .reservedOutbound),
        ]
        for (life, sequence, from, to) in steps {
            let note = Note.connection(nil, .accepted(1), from: from, to: to)
            #expect(oracle.take(event(sequence, note, life: life)) == nil)
        }
        let lie = Note.connection(nil, .accepted(2), from: .duplex, to: .inbound(.duplex))
        #expect(oracle.take(event(2, lie, life: 2)) != nil, "nothing was lost of this life")
        var late = TransitionOracle()
        #expect(late.take(event(40, lie)) == nil, "its beginning is lost")
        #expect(oracle.count == 4)
    }

    @Test func `holds so many connections of one node, and judges the rest by the table alone`() {
        var oracle = TransitionOracle()
        var sequence: UInt64 = 0
        func take(_ number: UInt64, _ from: ConnectionState, _ to: ConnectionState) -> String? {
            sequence += 1
            let note = Note.connection(nil, .accepted(number), from: from, to: to)
            return oracle.take(event(sequence, note))
        }
        let limit = UInt64(TransitionOracle.limit)
        for number in 1...limit {
            #expect(take(number, .unknown, .unnegotiated(.inbound)) == nil)
        }
        #expect(take(limit, .inbound(.duplex), .duplex) != nil)
        #expect(take(limit + 1, .unknown, .unnegotiated(.inbound)) == nil)
        #expect(take(limit + 1, .inbound(.duplex), .duplex) == nil)
        #expect(take(limit + 1, .duplex, .terminated) == nil)
        #expect(take(limit + 1, .terminated, .duplex) != nil)
        #expect(oracle.open.count == TransitionOracle.limit)
    }
}
