import WarrenPeering
import WarrenPrimitives

/// Ledger relays that the governor asked for, as their names are looked up.
///
/// A few lookups run at once, and of each name one random address is taken. A request is answered
/// when all of its names are. The numbers of these lookups have their highest bit set, which tells
/// them from those of the ``RootDirectory``. Source: O§3.14, O§9.1.
struct RelayLookups: Sendable {
    /// Lookups at once (O§3.14).
    static let concurrentLimit = 8

    /// A relay and one address of it.
    struct Found: Hashable, Sendable {
        var id: NodeID?
        var address: SocketAddress
    }

    private struct Job: Sendable {
        var kind: LedgerPeers.Kind
        var point: Topology.AccessPoint
    }

    private var waiting: [Job] = []
    private var running: [Node.LookupID: Job] = [:]
    private var found: [LedgerPeers.Kind: [Found]] = [:]
    private var nextLookup: UInt64 = 1 << 63

    /// How many lookups are under way.
    var runningCount: Int { running.count }

    func awaits(_ lookup: Node.LookupID) -> Bool { running[lookup] != nil }

    /// Takes up a request; one of the same kind that is not answered yet is given up.
    mutating func begin(_ points: [Topology.AccessPoint], for kind: LedgerPeers.Kind) {
        waiting.removeAll { $0.kind == kind }
        for lookup in Array(running.keys) where running[lookup]?.kind == kind {
            running[lookup] = nil
        }
        found[kind] = []
        for point in points {
            switch point.host {
            case .ip(let ip):
                guard let port = point.port else { continue }
                found[kind]?.append(
                    Found(id: point.id, address: SocketAddress(ip: ip, port: port))
                )
            case .name: waiting.append(Job(kind: kind, point: point.asLedgerRelay))
            }
        }
    }

    /// The next name to look up, if one may be.
    mutating func next() -> (Node.LookupID, host: String, port: UInt16?)? {
        guard running.count < Self.concurrentLimit, !waiting.isEmpty else { return nil }
        let job = waiting.removeFirst()
        guard case .name(let host) = job.point.host else { return nil }
        let lookup = Node.LookupID(rawValue: nextLookup)
        nextLookup += 1
        running[lookup] = job
        return (lookup, host, job.point.port)
    }

    /// A name was looked up; a name without an address is skipped.
    mutating func resolved(
        _ lookup: Node.LookupID,
        _ addresses: [SocketAddress],
        random: inout Random
    ) {
        guard let job = running.removeValue(forKey: lookup), !addresses.isEmpty else { return }
        let address = addresses[random.below(addresses.count)]
        found[job.kind]?.append(Found(id: job.point.id, address: address))
    }

    /// What a request of this kind came to; nil while there is none or names are missing.
    mutating func finish(_ kind: LedgerPeers.Kind) -> [Found]? {
        guard !waiting.contains(where: { $0.kind == kind }),
            !running.values.contains(where: { $0.kind == kind })
        else { return nil }
        return found.removeValue(forKey: kind)
    }
}
