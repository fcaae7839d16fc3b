import Foundation
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// Ours, not Swift Testing's.
typealias Expectation = WarrenObservation.Expectation

/// A seed, two relays and a producer, of which one relay is down.
struct Fixture {
    let manifest: NetworkManifest
    var snapshots: [String: Snapshot] = [:]

    static func id(_ number: UInt8) -> NodeID {
        NodeID([UInt8](repeating: number, count: 20))
            ?? NodeKey(seed: .init(repeating: 0, count: 32)).id
    }

    init(producer: String = "producer-1") throws {
        let names = [
            ("seed-1", "seed"), ("relay-1", "relay"), ("relay-2", "relay"),
            (producer, "block-producer"),
        ]
        var nodes: [[String: Any]] = []
        for (index, (name, role)) in names.enumerated() {
            nodes.append([
                "name": name, "id": Self.id(UInt8(index)).description, "role": role,
                "group": role, "region": "eu", "address": "127.0.0.\(index):3001",
                "admin": "127.0.0.\(index):3101", "directory": name, "routes": [],
            ])
        }
        let file: [String: Any] = [
            "schema": "warren/network/1", "name": "starter", "seed": 42, "engine": "process",
            "networkID": "starter-1", "livenessNanoseconds": 5_000_000_000, "hasTestKeys": true,
            "expectations": [], "nodes": nodes,
        ]
        manifest = try JSONDecoder().decode(
            NetworkManifest.self,
            from: JSONSerialization.data(withJSONObject: file)
        )
        var seed = Snapshot()
        seed.counts.cold = 6
        seed.counts.warm = 1
        seed.counts.inbound = 1
        seed.peers = [Self.peer(1, .warm)]
        snapshots["seed-1"] = seed
        var relay = Snapshot()
        relay.counts.hot = 14
        relay.counts.inbound = 3
        relay.counts.outbound = 12
        relay.chain = Snapshot.Tip(slot: 3, height: 12, hash: "a91f0cd1e2")
        relay.peers = [Self.peer(2, .cold), Self.peer(0, .warm), Self.peer(3, .hot)]
        var stranger = Snapshot.Peer(
            peer: PeerID(rawValue: 9),
            source: .inbound,
            temperature: .warm
        )
        stranger.address = "10.0.0.9:4000"
        relay.peers.append(stranger)
        snapshots["relay-1"] = relay
        var last = Snapshot()
        last.counts.hot = 2
        last.counts.outbound = 2
        last.peers = [Self.peer(1, .hot)]
        snapshots[producer] = last
    }

    static func peer(_ number: UInt8, _ temperature: Temperature) -> Snapshot.Peer {
        var row = Snapshot.Peer(
            peer: PeerID(rawValue: UInt32(number)),
            source: .localRoot,
            temperature: temperature
        )
        row.id = id(number)
        row.address = "127.0.0.\(number):3001"
        if temperature == .hot {
            row.direction = .duplex
            row.usedBy = .warm
            row.roundTripNanoseconds = 1_250_000
            row.lastTransition = .init(
                from: .warm,
                to: .hot,
                reason: .belowTarget(.active, 4),
                at: .epoch
            )
        }
        return row
    }
}
