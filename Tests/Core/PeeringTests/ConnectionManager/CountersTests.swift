import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// What the snapshot says of connections, by the tables of O§6.2 and O§7.6.
@Suite struct `Counters` {
    private static let columns: [(state: ConnectionState, counted: String)] = [
        (.unknown, ""),
        (.reservedOutbound, ""),
        (.unnegotiated(.outbound), "outbound"),
        (.unnegotiated(.inbound), "inbound"),
        (.outboundUni, "outbound unidirectional"),
        (.outboundDup(.ticking), "outbound duplex"),
        (.outboundDup(.expired), "outbound duplex"),
        (.outboundIdle(.unidirectional), "outbound unidirectional"),
        (.outboundIdle(.duplex), "outbound duplex"),
        (.inboundIdle(.unidirectional), "inbound unidirectional"),
        (.inboundIdle(.duplex), "inbound duplex"),
        (.inbound(.unidirectional), "inbound unidirectional"),
        (.inbound(.duplex), "inbound duplex"),
        (.duplex, "inbound outbound duplex fullDuplex"),
        (.terminating, "terminating"),
        (.terminated, ""),
    ]

    @Test(arguments: columns)
    func `of connections have each state in its columns`(state: ConnectionState, counted: String) {
        var counters = Snapshot.ConnectionCounters()
        counters.count(state)
        let words = Set(counted.split(separator: " "))
        #expect(counters.inbound == (words.contains("inbound") ? 1 : 0))
        #expect(counters.outbound == (words.contains("outbound") ? 1 : 0))
        #expect(counters.duplex == (words.contains("duplex") ? 1 : 0))
        #expect(counters.unidirectional == (words.contains("unidirectional") ? 1 : 0))
        #expect(counters.fullDuplex == (words.contains("fullDuplex") ? 1 : 0))
        #expect(counters.terminating == (words.contains("terminating") ? 1 : 0))
    }

    @Test func `of those who use us have each connection in its state`() {
        var governor = InboundGovernor(settings: .init())
        var effects: [InboundGovernor.Effect] = []
        let start = Instant(nanoseconds: 0)
        for number in 0..<10 {
            governor.handle(
                .connected(
                    .accepted(UInt64(number)),
                    .number(UInt32(number)),
                    .duplex,
                    sharesPeers: true
                ),
                now: start,
                into: &effects
            )
        }
        for number in 0..<4 {
            governor.handle(.used(.accepted(UInt64(number)), .hot), now: start, into: &effects)
        }
        for number in 4..<7 {
            governor.handle(.used(.accepted(UInt64(number)), .warm), now: start, into: &effects)
        }
        for number in 7..<9 {
            governor.handle(
                .released(.accepted(UInt64(number)), .keep),
                now: start,
                into: &effects
            )
        }
        let counters = governor.counters
        #expect([counters.hot, counters.warm, counters.cold, counters.none] == [4, 3, 2, 1])
    }
}
