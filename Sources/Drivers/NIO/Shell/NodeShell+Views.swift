import WarrenConnection
import WarrenNode
import WarrenObservation
import WarrenPrimitives

extension NodeShell {
    /// The node in the shape that CometBFT's users know.
    package func view() -> NodeView {
        NodeView(
            info: sockets.info,
            publicKey: key.publicKey,
            externalAddress: configuration.externalAddress,
            isListening: listenAddress != nil && stage == .running,
            now: clock.now,
            startedAt: startedAt,
            peers: peerViews,
            tip: snapshot().chain
        )
    }

    package func metrics() -> Metrics {
        Metrics(
            snapshot: snapshot(),
            tally: tally,
            peers: peerViews,
            socketCount: sockets.count
        )
    }

    /// Why the node is not healthy; nil when it is.
    package var complaint: String? {
        switch stage {
        case .starting: "the node is starting"
        case .running: isLoading ? "the node is reading its store" : nil
        case .stopping: "the node is stopping"
        case .stopped: "the node has stopped"
        }
    }

    private var peerViews: [PeerView] {
        peers.sorted { $0.key < $1.key }.map { connection, peer in
            PeerView(
                info: peer.info,
                isOutbound: connection.isOutbound,
                remote: peer.remote,
                status: sockets[connection]?.statistics
            )
        }
    }
}
