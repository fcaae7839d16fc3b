import Foundation
import WarrenNIO
import WarrenPeering
import WarrenPrimitives

/// What those who test adversaries on sockets have in common.
enum Stage {
    /// All of them dial the node, which makes them hot.
    static func guests(_ keys: [NodeKey]) -> Topology {
        let guests = keys.enumerated().map { place, key in
            Topology.AccessPoint(
                id: key.id,
                host: .ip(IPAddress(v4: 0x7F00_0001)),
                port: UInt16(place + 1)
            )
        }
        var topology = Topology()
        topology.localRoots = [
            Topology.LocalRootGroup(accessPoints: guests, hotValency: guests.count)
        ]
        topology.localRoots[0].behindFirewall = true
        return topology
    }

    static func topology(dialing node: Subject) -> Topology {
        let address = node.node.listenAddress
        let friend = Topology.AccessPoint(
            id: node.key.id,
            host: .ip(address.ip),
            port: address.port
        )
        var topology = Topology()
        topology.localRoots = [Topology.LocalRootGroup(accessPoints: [friend], hotValency: 1)]
        return topology
    }

    /// For how long a node that reads its store may turn away whoever calls.
    private static let startLimit: Duration = .seconds(30)

    /// On a thread of its own, as who reads a socket that waits is held up; true once it is sent
    /// away.
    static func attack(
        _ adversary: Adversary,
        _ node: HostPort,
        key: NodeKey,
        within limit: Duration
    ) -> Task<Bool, any Error> {
        Task {
            try await withCheckedThrowingContinuation { ended in
                Thread.detachNewThread {
                    ended.resume(
                        with: Result {
                            try connect(adversary, node, key: key).isSentAway(within: limit)
                        }
                    )
                }
            }
        }
    }

    private static func connect(
        _ adversary: Adversary,
        _ node: HostPort,
        key: NodeKey
    ) throws -> RawAdversary {
        let end = ContinuousClock.now.advanced(by: startLimit)
        while true {
            do {
                return try RawAdversary(adversary, to: node, key: key, network: "subject")
            } catch  where ContinuousClock.now < end {
                continue
            }
        }
    }
}
