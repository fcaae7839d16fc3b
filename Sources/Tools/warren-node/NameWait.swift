import Glibc
import WarrenNIO
import WarrenNode
import WarrenPeering
import WarrenPrimitives

/// Holds a node's first start until its peers' names mean something.
///
/// Where names come and go with containers, whoever starts first asks for names that are not there
/// yet, and a name that does not exist rests for a quarter of an hour (O§3.14). A node that has
/// stored anything knows its network already, and waits for nobody.
struct NameWait {
    private var missing: [String]

    /// Between two looks, in microseconds.
    private static let interval: UInt32 = 50_000

    init(_ files: NodeFiles) {
        let topology = files.topology
        let points =
            topology.localRoots.flatMap(\.accessPoints)
            + topology.publicRoots.flatMap(\.accessPoints) + (topology.bootstrapPeers ?? [])
            + files.configuration.seeds + files.configuration.dnsSeeds
        missing = []
        guard !Self.hasStored(files.paths.dataPath) else { return }
        for point in points where point.port != nil {
            if case .name(let name) = point.host, !missing.contains(name) { missing.append(name) }
        }
    }

    private static func hasStored(_ directory: String) -> Bool {
        unsafe access("\(directory)/\(Store.fileName)", F_OK) == 0
    }

    /// Returns when every name has an address, or after `seconds`: the names that have none.
    mutating func wait(seconds: Int) -> [String] {
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        while true {
            missing.removeAll(where: Self.isKnown)
            if missing.isEmpty || ContinuousClock.now >= deadline { return missing }
            usleep(Self.interval)
        }
    }

    private static func isKnown(_ name: String) -> Bool {
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, nil, &found) == 0 else { return false }
        unsafe freeaddrinfo(found)
        return true
    }
}
