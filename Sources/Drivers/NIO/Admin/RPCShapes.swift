import FoundationEssentials
package import WarrenConnection
package import WarrenObservation
package import WarrenPrimitives

// What users of CometBFT know from its RPC. Source: C§10.

/// One connected peer as `/net_info` shows it.
package struct PeerView: Sendable {
    package var info: NodeInfo
    package var isOutbound: Bool
    package var remote: HostPort
    package var status: Connection.Statistics?
}

/// A node as `/status` and `/net_info` show it.
package struct NodeView: Sendable {
    package var info: NodeInfo
    package var publicKey: [UInt8]
    package var externalAddress: String?
    package var isListening: Bool
    package var now: Instant
    package var startedAt: Instant
    package var peers: [PeerView]
    package var tip: Snapshot.Tip?

    /// The answer to `/net_info`.
    package var netInfoText: String {
        let listener = "Listener(@\(externalAddress ?? ""))"
        return Self.wrapped(
            .object([
                ("listening", .bool(isListening)),
                ("listeners", .array([.string(listener)])),
                ("n_peers", .digits(peers.count)),
                ("peers", .array(peers.map(Self.peer))),
            ])
        )
    }

    /// The answer to `/status`.
    package var statusText: String {
        let never = JSONValue.string(Timestamp.text(.epoch, digits: 0))
        return Self.wrapped(
            .object([
                ("node_info", Self.nodeInfo(info)),
                (
                    "sync_info",
                    .object([
                        ("latest_block_hash", .string(tip?.hash.uppercased() ?? "")),
                        ("latest_app_hash", ""),
                        ("latest_block_height", .digits(tip?.height ?? 0)),
                        ("latest_block_time", never),
                        ("earliest_block_hash", ""),
                        ("earliest_app_hash", ""),
                        ("earliest_block_height", .digits(0)),
                        ("earliest_block_time", never),
                        ("catching_up", .bool(tip?.bestHeight != nil)),
                    ])
                ),
                (
                    "validator_info",
                    .object([
                        ("address", .string(info.id.uppercased())),
                        (
                            "pub_key",
                            .object([
                                ("type", "tendermint/PubKeyEd25519"),
                                ("value", .string(Data(publicKey).base64EncodedString())),
                            ])
                        ),
                        ("voting_power", .digits(0)),
                    ])
                ),
            ])
        )
    }

    private static func wrapped(_ result: JSONValue) -> String {
        JSONValue.object([("jsonrpc", "2.0"), ("id", .number(-1)), ("result", result)]).text + "\n"
    }

    static func nodeInfo(_ info: NodeInfo) -> JSONValue {
        .object([
            (
                "protocol_version",
                .object([
                    ("p2p", .digits(info.protocolVersion.p2p)),
                    ("block", .digits(info.protocolVersion.block)),
                    ("app", .digits(info.protocolVersion.app)),
                ])
            ),
            ("id", .string(info.id)),
            ("listen_addr", .string(info.listenAddress)),
            ("network", .string(info.network)),
            ("version", .string(info.version)),
            ("channels", .string(Hex.text(info.channels.map(\.rawValue)).uppercased())),
            ("moniker", .string(info.moniker)),
            (
                "other",
                .object([
                    ("tx_index", .string(info.transactionIndex)),
                    ("rpc_address", .string(info.rpcAddress)),
                ])
            ),
        ])
    }

    private static func peer(_ peer: PeerView) -> JSONValue {
        .object([
            ("node_info", nodeInfo(peer.info)),
            ("is_outbound", .bool(peer.isOutbound)),
            ("connection_status", connection(peer.status)),
            ("remote_ip", .string("\(peer.remote.ip)")),
        ])
    }

    private static func connection(_ status: Connection.Statistics?) -> JSONValue {
        guard let status else { return .object([]) }
        return .object([
            ("Duration", .digits(status.sent.duration.wholeNanoseconds)),
            ("SendMonitor", meter(status.sent)),
            ("RecvMonitor", meter(status.received)),
            (
                "Channels",
                .array(
                    status.channels.map { channel in
                        .object([
                            ("ID", .number(Int(channel.id.rawValue))),
                            ("SendQueueCapacity", .digits(channel.sendQueueLimit)),
                            ("SendQueueSize", .digits(channel.sendQueueCount)),
                            ("Priority", .digits(channel.priority)),
                            ("RecentlySent", .digits(channel.recentlySent)),
                        ])
                    }
                )
            ),
        ])
    }

    private static func meter(_ status: TrafficMeter.Status) -> JSONValue {
        .object([
            ("Start", .string(Timestamp.text(status.startedAt, digits: 9))),
            ("Bytes", .digits(status.byteCount)),
            ("Samples", .digits(status.sampleCount)),
            ("InstRate", .digits(status.sampleRate)),
            ("CurRate", .digits(status.currentRate)),
            ("AvgRate", .digits(status.averageRate)),
            ("PeakRate", .digits(status.peakRate)),
            ("BytesRem", .digits(0)),
            ("Duration", .digits(status.duration.wholeNanoseconds)),
            ("Idle", .digits(status.idle.wholeNanoseconds)),
            ("TimeRem", .digits(0)),
            ("Progress", .number(0)),
            ("Active", true),
        ])
    }
}
