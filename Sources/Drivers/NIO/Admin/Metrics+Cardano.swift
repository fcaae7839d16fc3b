import WarrenObservation

// Cardano's names, from what the snapshot holds. Sources: O§10.1 to O§10.3.
extension Metrics {
    /// The counters of peer selection: sizes of sets and of jobs in progress.
    func selection(_ out: inout Exposition) {
        let counts = snapshot.counts
        let plain = sources { $0 != .bigLedger }
        let big = sources { $0 == .bigLedger }
        let local = sources { $0 == .localRoot }
        let roots = sources { $0 == .localRoot || $0 == .publicRoot || $0 == .bootstrap }
        let rest = sources { ![.localRoot, .publicRoot, .bootstrap, .bigLedger].contains($0) }
        let bootstrap = sources { $0 == .bootstrap }
        let values: [(String, Int)] =
            [
                ("Cold", plain.cold), ("Warm", plain.warm), ("Hot", plain.hot),
                ("ColdBigLedgerPeers", big.cold), ("WarmBigLedgerPeers", big.warm),
                ("HotBigLedgerPeers", big.hot), ("WarmLocalRoots", local.warm),
                ("HotLocalRoots", local.hot), ("RootPeers", roots.known),
                ("ColdPeersPromotions", counts.promotingCold),
                ("WarmPeersPromotions", counts.promotingWarm),
                ("WarmPeersDemotions", counts.demotingWarm),
                ("ActivePeersDemotions", counts.demotingHot),
            ] + sets("Peers", plain) + sets("BigLedgerPeers", big) + sets("LocalRootPeers", local)
            + sets("NonRootPeers", rest) + sets("BootstrapPeers", bootstrap)
        for (name, value) in values {
            out.family(
                "cardano_node_metrics_peerSelection_\(name)_int",
                .gauge,
                "As peerSelection.\(name) of cardano-node.",
                value
            )
        }
    }

    /// The connection manager and the inbound governor.
    func connections(_ out: inout Exposition) {
        let counts = snapshot.connectionCounters ?? Snapshot.ConnectionCounters()
        var values: [(String, Int)] = [
            ("connectionManager_fullDuplexConns", counts.fullDuplex),
            ("connectionManager_duplexConns", counts.duplex),
            ("connectionManager_inboundConns", counts.inbound),
            ("connectionManager_outboundConns", counts.outbound),
            ("connectionManager_unidirectionalConns", counts.unidirectional),
        ]
        if let use = snapshot.inboundGovernor {
            values += [
                ("inboundGovernor_cold", use.cold), ("inboundGovernor_idle", use.none),
                ("inboundGovernor_warm", use.warm),
                ("inboundGovernor_hot", use.hot),
            ]
        }
        for (name, value) in values {
            out.family(
                "cardano_node_metrics_\(name)_int",
                .gauge,
                "As \(name.replacing("_", with: ".")) of cardano-node.",
                value
            )
        }
    }

    private struct Sizes {
        var cold = 0
        var warm = 0
        var hot = 0
        var known: Int { cold + warm + hot }
    }

    private func sets(_ name: String, _ sizes: Sizes) -> [(String, Int)] {
        [
            ("Known\(name)", sizes.known), ("Established\(name)", sizes.warm + sizes.hot),
            ("Active\(name)", sizes.hot),
        ]
    }

    private func sources(_ isMeant: (PeerSource) -> Bool) -> Sizes {
        snapshot.counts.sources.reduce(into: Sizes()) { sizes, row in
            guard isMeant(row.source) else { return }
            sizes.cold += row.cold
            sizes.warm += row.warm
            sizes.hot += row.hot
        }
    }
}
