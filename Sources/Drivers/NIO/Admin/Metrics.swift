import WarrenConnection
package import WarrenObservation
import WarrenPrimitives

/// What `/metrics` says, made anew from the node's state for every scrape.
///
/// Sources: design §7, C§5.10, O§10.2, O§10.3.
package struct Metrics: Sendable {
    package var snapshot: Snapshot
    package var tally: Tally
    package var peers: [PeerView]
    package var socketCount: Int

    package init(snapshot: Snapshot, tally: Tally, peers: [PeerView], socketCount: Int) {
        self.snapshot = snapshot
        self.tally = tally
        self.peers = peers
        self.socketCount = socketCount
    }

    package var text: String {
        var out = Exposition()
        own(&out)
        traffic(&out)
        cometbft(&out)
        selection(&out)
        connections(&out)
        return out.text
    }

    private func own(_ out: inout Exposition) {
        let node = snapshot.node
        let counts = snapshot.counts
        out.family(
            "warren_node_info",
            .gauge,
            "Who the node is; always 1.",
            1,
            labels: [
                ("id", node.id?.description ?? ""), ("moniker", node.moniker),
                ("role", node.role.rawValue), ("network", node.network), ("version", node.version),
            ]
        )
        out.family(
            "warren_uptime_seconds",
            .gauge,
            "Seconds since the node started.",
            Int(node.uptimeNanoseconds / 1_000_000_000)
        )
        out.family(
            "warren_peers",
            .gauge,
            "Peers by temperature.",
            [
                ([("temperature", "cold")], counts.cold), ([("temperature", "warm")], counts.warm),
                ([("temperature", "hot")], counts.hot),
            ]
        )
        out.family(
            "warren_peers_by_source",
            .gauge,
            "Peers by source and temperature.",
            counts.sources.flatMap { row in
                [("cold", row.cold), ("warm", row.warm), ("hot", row.hot)].map {
                    ([("source", row.source.rawValue), ("temperature", $0.0)], $0.1)
                }
            }
        )
        out.family("warren_banned_peers", .gauge, "Peers banned now.", counts.banned)
        out.family("warren_dialing_peers", .gauge, "Peers being dialed.", counts.dialing)
        out.family("warren_sockets", .gauge, "Sockets to peers, of any state.", socketCount)
        let targets = snapshot.targets
        out.family(
            "warren_target",
            .gauge,
            "How many peers are wanted.",
            [
                ([("target", "root")], targets.root), ([("target", "known")], targets.known),
                ([("target", "established")], targets.established),
                ([("target", "active")], targets.active),
            ]
        )
        out.family(
            "warren_book_entries",
            .gauge,
            "Addresses in the book.",
            [
                ([("bucket", "new")], snapshot.book.new), ([("bucket", "old")], snapshot.book.old),
            ]
        )
        out.family("warren_events_total", .counter, "Events on record.", tally.eventCount)
        if let tip = snapshot.chain {
            out.family(
                "warren_chain_height",
                .gauge,
                "Height of the tip.",
                Int(clamping: tip.height)
            )
        }
        if let count = snapshot.equivocationCount {
            out.family(
                "warren_equivocations",
                .gauge,
                "Slots for which a producer signed two blocks.",
                count
            )
        }
    }

    private func traffic(_ out: inout Exposition) {
        let steps = tally.steps.sorted { ($0.key.from, $0.key.to) < ($1.key.from, $1.key.to) }
        out.family(
            "warren_transitions_total",
            .counter,
            "Changes of temperature.",
            steps.map { ([("from", $0.key.from.rawValue), ("to", $0.key.to.rawValue)], $0.value) }
        )
        func byReason(_ counts: [CloseReason: Int]) -> [(Exposition.Labels, Int)] {
            counts.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { ([("reason", $0.key.rawValue)], $0.value) }
        }
        out.family(
            "warren_disconnections_total",
            .counter,
            "Connections of peers that ended.",
            byReason(tally.endings)
        )
        out.family(
            "warren_refusals_total",
            .counter,
            "Sockets that never became a peer's connection.",
            byReason(tally.refusals)
        )
        out.family("warren_dials_total", .counter, "Dials begun.", tally.dialCount)
        out.family("warren_connections_total", .counter, "Connections made.", tally.connectedCount)
        out.family("warren_bans_total", .counter, "Bans pronounced.", tally.banCount)
        let channels = tally.channels.sorted { $0.key < $1.key }
        func byChannel(_ value: (Tally.Traffic) -> Int) -> [(Exposition.Labels, Int)] {
            channels.map { ([("channel", $0.key.description)], value($0.value)) }
        }
        out.family(
            "warren_sent_messages_total",
            .counter,
            "Messages sent.",
            byChannel(\.sentMessages)
        )
        out.family("warren_sent_bytes_total", .counter, "Bytes sent.", byChannel(\.sentBytes))
        out.family(
            "warren_received_messages_total",
            .counter,
            "Messages received.",
            byChannel(\.receivedMessages)
        )
        out.family(
            "warren_received_bytes_total",
            .counter,
            "Bytes received.",
            byChannel(\.receivedBytes)
        )
    }

    /// CometBFT's names (C§5.10).
    private func cometbft(_ out: inout Exposition) {
        let chain = ("chain_id", snapshot.node.network)
        out.family(
            "cometbft_p2p_peers",
            .gauge,
            "Number of peers.",
            peers.count,
            labels: [chain]
        )
        let rows = snapshot.peers.filter { $0.id != nil && !$0.channels.isEmpty }
        func perChannel(_ value: (Snapshot.Traffic) -> Int) -> [(Exposition.Labels, Int)] {
            rows.flatMap { row in
                row.channels.map { traffic in
                    let channel = "0x" + String(traffic.channel.rawValue, radix: 16)
                    let id = row.id?.description ?? ""
                    return ([chain, ("peer_id", id), ("chID", channel)], value(traffic))
                }
            }
        }
        out.family(
            "cometbft_p2p_peer_receive_bytes_total",
            .counter,
            "Bytes of messages received from a peer.",
            perChannel(\.receivedBytes)
        )
        out.family(
            "cometbft_p2p_peer_send_bytes_total",
            .counter,
            "Bytes of messages sent to a peer.",
            perChannel(\.sentBytes)
        )
        out.family(
            "cometbft_p2p_peer_pending_send_bytes",
            .gauge,
            "Messages waiting to be sent to a peer.",
            peers.map { peer in
                let waiting = peer.status?.channels.reduce(0) { $0 + $1.sendQueueCount } ?? 0
                return ([chain, ("peer_id", peer.info.id)], waiting)
            }
        )
    }
}
