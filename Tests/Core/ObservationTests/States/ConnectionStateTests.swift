import Testing
import WarrenObservation
import WarrenPrimitives

@Suite struct `The states of a connection` {
    /// O§6.3 once more, row by row: where from, and everywhere it may go, but for what holds of all.
    static let rows: [(String, [String])] = [
        ("unknown", ["reservedOutbound", "unnegotiatedInbound"]),
        ("terminated", ["reservedOutbound", "unnegotiatedInbound"]),
        ("reservedOutbound", ["unnegotiatedOutbound", "unnegotiatedInbound"]),
        (
            "unnegotiatedOutbound",
            [
                "outboundUni", "outboundDupTicking", "inboundIdleDup", "inboundIdleUni",
                "unnegotiatedInbound", "terminating",
            ]
        ),
        (
            "unnegotiatedInbound",
            ["inboundIdleDup", "inboundIdleUni", "unnegotiatedOutbound", "terminating"]
        ),
        ("outboundUni", ["outboundIdleUni"]),
        (
            "outboundDupTicking",
            ["outboundDupTicking", "outboundDupExpired", "inboundIdleDup", "duplex"]
        ),
        ("outboundDupExpired", ["outboundDupExpired", "outboundIdleDup", "duplex"]),
        ("outboundIdleUni", ["outboundIdleUni", "terminating"]),
        ("outboundIdleDup", ["outboundIdleDup", "inboundDup", "terminating"]),
        ("inboundIdleUni", ["outboundUni", "inboundUni", "terminating"]),
        ("inboundIdleDup", ["inboundIdleDup", "outboundDupTicking", "inboundDup", "terminating"]),
        ("inboundUni", ["inboundIdleUni"]),
        ("inboundDup", ["inboundIdleDup", "duplex"]),
        ("duplex", ["inboundDup", "outboundDupTicking"]),
        ("terminating", ["unnegotiatedInbound"]),
    ]

    @Test func `go where the table lets them, and nowhere else`() {
        #expect(Self.rows.count == ConnectionState.allCases.count)
        for (name, targets) in Self.rows {
            for to in ConnectionState.allCases {
                let isEnd = to == .terminated || to == .unknown
                let isStill = name == to.description && isEnd
                let expected = targets.contains(to.description) || (isEnd && !isStill)
                let from = ConnectionState(name)
                let found = from.map { ConnectionState.permits(from: $0, to: to) }
                #expect(found == expected, "from \(name) to \(to)")
            }
        }
    }

    @Test func `have a name each, and are read by it`() {
        #expect(Set(ConnectionState.allCases.map(\.description)).count == 16)
        for state in ConnectionState.allCases {
            #expect(ConnectionState(state.description) == state)
        }
        #expect(ConnectionState("duplexIdle") == nil)
    }

    @Test func `count as inbound, and as ours, as O§6_2 says`() {
        let inbound = ConnectionState.allCases.filter(\.isCountedInbound).map(\.description)
        #expect(
            inbound == [
                "unnegotiatedInbound", "inboundIdleUni", "inboundIdleDup", "inboundUni",
                "inboundDup", "duplex",
            ]
        )
        let ours = ConnectionState.allCases.filter(\.isUsedOutbound).map(\.description)
        #expect(
            ours == [
                "reservedOutbound", "unnegotiatedOutbound", "outboundUni", "outboundDupTicking",
                "outboundDupExpired", "duplex",
            ]
        )
        let held = ConnectionState.allCases.filter { $0.isHeldOutbound && !$0.isUsedOutbound }
        #expect(
            held == [.outboundIdle(.unidirectional), .outboundIdle(.duplex), .terminating]
        )
    }

    @Test func `of the inbound governor go where its table lets them, and nowhere else`() {
        let permitted: [(InboundState?, [InboundState?])] = [
            (nil, [.idle, nil]), (.idle, [.warm, .hot, .cold, nil, .idle]),
            (.cold, [.warm, .hot, nil, .cold]), (.warm, [.hot, .idle, nil, .warm]),
            (.hot, [.warm, .idle, nil]),
        ]
        let all: [InboundState?] = InboundState.allCases + [nil]
        for (from, targets) in permitted {
            for to in all {
                let found = InboundState.permits(from: from, to: to)
                #expect(
                    found == targets.contains(to),
                    "from \(String(describing: from)) to \(String(describing: to))"
                )
            }
        }
    }
}
