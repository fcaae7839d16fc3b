import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario

/// Where a node listens and under which name others dial it.
struct Address {
    var host: Topology.Host
    var listen: SocketAddress
    var admin: SocketAddress

    static let peerPort: UInt16 = 3001
    static let adminPort: UInt16 = 3101
    /// What all seeds answer to besides their own names, in containers; no node can be called so.
    static let seedsName = "seeds"
    /// Nodes of one role that have a loopback address each: 256 × 254, without .0 and .255.
    static let loopbackLimit = 256 * 254

    /// On loopback, a /16 for each role: 127.1 for seeds, 127.2 for relays, 127.3 for producers.
    ///
    /// `ordinal` counts the nodes of the role from 0. Source: design §10, §13.
    static func loopback(_ role: Role, ordinal: Int, base: Int) -> Address {
        let net: Int =
            switch role {
            case .seed: 1
            case .relay: 2
            case .blockProducer: 3
            }
        let bits = 127 << 24 | (net + 3 * base) << 16 | (ordinal / 254) << 8 | (ordinal % 254 + 1)
        let ip = IPAddress(v4: UInt32(truncatingIfNeeded: bits))
        return Address(
            host: .ip(ip),
            listen: SocketAddress(ip: ip, port: peerPort),
            admin: SocketAddress(ip: ip, port: adminPort)
        )
    }

    /// In the simulator, where no machine's networks are in the way: as on loopback, and on the
    /// next three networks once a role has filled its own.
    static func simulated(_ role: Role, ordinal: Int) -> Address {
        loopback(role, ordinal: ordinal % loopbackLimit, base: ordinal / loopbackLimit)
    }

    /// In a container of its own, which others find by its name.
    static func container(_ name: String) -> Address { named(name) }

    /// In a pod of its own, under the whole name that the network's headless Service gives it: nodes
    /// look names up as they are, and try no ends of a search list.
    static func pod(_ name: String, of network: String) -> Address {
        named("\(name).\(KubernetesFiles.domain(of: network))")
    }

    private static func named(_ name: String) -> Address {
        let any = IPAddress(v4: 0)
        return Address(
            host: .name(name),
            listen: SocketAddress(ip: any, port: peerPort),
            admin: SocketAddress(ip: any, port: adminPort)
        )
    }

    /// `host:port` for those who dial.
    var peerText: String { text(listen.port) }
    var adminText: String { text(admin.port) }

    private func text(_ port: UInt16) -> String {
        Topology.AccessPoint(host: host, port: port).description
    }
}

extension NodeKey {
    /// The key of a node of a test network: anyone with the scenario can make it again.
    ///
    /// SHA-256 of a fixed text, the seed and the name is the Ed25519 seed.
    static func test(seed: Int64, name: String) -> NodeKey {
        let text = Array("warren test key\0".utf8)
        return NodeKey(seed: SHA256.hash(text + seed.bigEndianBytes + Array(name.utf8)))
    }
}
