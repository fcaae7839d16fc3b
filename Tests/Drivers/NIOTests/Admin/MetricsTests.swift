import Testing
import WarrenNIO
import WarrenObservation
import WarrenPrimitives

@Suite struct MetricsTests {
    @Test func `labels are escaped`() {
        var out = Exposition()
        out.family("m", .gauge, "a\\b\nc", 5, labels: [("l", "q\"\\\nend")])
        #expect(
            out.text == "# HELP m a\\\\b\\nc\n# TYPE m gauge\nm{l=\"q\\\"\\\\\\nend\"} 5\n"
        )
    }

    @Test func `a family without samples is left out`() {
        var out = Exposition()
        out.family("m", .counter, "none", [])
        #expect(out.text.isEmpty)
    }

    @Test func `the names that operators chart are there`() {
        var snapshot = Snapshot()
        snapshot.node.moniker = "m\"\n"
        snapshot.node.network = "net"
        snapshot.counts.sources = [
            .init(source: .localRoot, cold: 1, warm: 2, hot: 3),
            .init(source: .bigLedger, cold: 4, warm: 5, hot: 6),
            .init(source: .peerExchange, cold: 10, warm: 20, hot: 30),
        ]
        snapshot.counts.promotingCold = 7
        snapshot.equivocationCount = 8
        var tally = Tally()
        tally.count(.banned(NodeID(text: 1), until: .epoch))
        tally.received(0x00, bytes: 12)
        let text = Metrics(snapshot: snapshot, tally: tally, peers: [], socketCount: 9).text
        let lines = Set(text.split(separator: "\n").map(String.init))
        for line in [
            "cometbft_p2p_peers{chain_id=\"net\"} 0",
            "cardano_node_metrics_peerSelection_Cold_int 11",
            "cardano_node_metrics_peerSelection_Warm_int 22",
            "cardano_node_metrics_peerSelection_Hot_int 33",
            "cardano_node_metrics_peerSelection_HotBigLedgerPeers_int 6",
            "cardano_node_metrics_peerSelection_EstablishedLocalRootPeers_int 5",
            "cardano_node_metrics_peerSelection_ColdPeersPromotions_int 7",
            "warren_sockets 9", "warren_bans_total 1", "warren_equivocations 8",
            "warren_received_bytes_total{channel=\"0x00\"} 12",
            "warren_peers_by_source{source=\"bigLedger\",temperature=\"warm\"} 5",
        ] {
            #expect(lines.contains(line), "no line '\(line)'")
        }
        #expect(text.contains("moniker=\"m\\\"\\n\""))
    }

    @Test func `every line is a comment or a sample, and no family comes twice`() throws {
        let text = Metrics(
            snapshot: Snapshot(),
            tally: Tally(),
            peers: [],
            socketCount: 0
        ).text
        var families: Set<Substring> = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let name = try #require(line.split(separator: " ").dropFirst(2).first)
                #expect(families.insert(name).inserted)
            } else if !line.hasPrefix("# HELP ") {
                let value = try #require(line.split(separator: " ").last)
                #expect(Int(value) != nil)
            }
        }
        #expect(families.count > 40)
    }
}

extension NodeID {
    /// An id of test's making.
    init(text number: UInt8) {
        guard let id = NodeID([UInt8](repeating: number, count: 20)) else {
            preconditionFailure("20 bytes are an id")
        }
        self = id
    }
}
