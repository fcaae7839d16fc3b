import WarrenPeering
import WarrenPrimitives

/// Configured access points and the addresses they stand for now.
///
/// Names are looked up again when their time to live ends, and at once when a dial to one of their
/// addresses fails (C§12 "DNS resolved once"). Sources: O§3.14, design §4.
struct RootDirectory: Sendable {
    /// A name and the port to dial there: what one lookup is about.
    struct Name: Hashable, Sendable {
        var host: String
        var port: UInt16?
    }

    struct Answer: Sendable {
        var addresses: [SocketAddress] = []
        var lookup: Node.LookupID?
        /// When to look again; nil before the first answer.
        var dueAt: Instant?
        var failCount = 0
    }

    /// Every time to live is held within these bounds (O§3.14).
    static let ttlLeast: Duration = .seconds(60)
    static let ttlMost: Duration = .seconds(900)
    /// How long a name that did not resolve rests: doubled and five more each time (O§3.14).
    static let retryLeast: Duration = .seconds(5)
    /// No more addresses than this are taken from one name.
    static let addressLimit = 64
    /// No name is looked up more often than this, however its dials fail.
    static let restBetween: Duration = .seconds(5)

    private var names = Roster<Name, Answer>()
    private var lookups: [Node.LookupID: Name] = [:]
    private var nextLookup: UInt64 = 1
    private var lastAskedAt: [Name: Instant] = [:]

    /// The addresses behind an access point as far as they are known now.
    func addresses(of point: Topology.AccessPoint) -> [SocketAddress] {
        switch point.host {
        case .ip(let ip): point.port.map { [SocketAddress(ip: ip, port: $0)] } ?? []
        case .name(let host): names[Name(host: host, port: point.port)]?.addresses ?? []
        }
    }

    /// True when every name among `points` has been answered at least once.
    func isResolved(_ points: [Topology.AccessPoint]) -> Bool {
        points.allSatisfy { point in
            guard case .name(let host) = point.host else { return true }
            return names[Name(host: host, port: point.port)]?.dueAt != nil
        }
    }

    /// Names to be watched from now on; those no longer named are dropped.
    mutating func watch(_ points: [Topology.AccessPoint]) {
        var wanted: Set<Name> = []
        for point in points {
            guard case .name(let host) = point.host else { continue }
            let name = Name(host: host, port: point.port)
            wanted.insert(name)
            if !names.contains(name) { names[name] = Answer() }
        }
        for name in names.ids where !wanted.contains(name) { names.remove(name) }
    }

    var nextDeadline: Instant? {
        var least: Instant?
        for answer in names.rows where answer.lookup == nil {
            guard let due = answer.dueAt else { return .epoch }
            if least.map({ due < $0 }) ?? true { least = due }
        }
        return least
    }

    /// The lookups that are due, now under way.
    mutating func due(now: Instant) -> [(Node.LookupID, Name)] {
        var started: [(Node.LookupID, Name)] = []
        for name in names.ids {
            guard let answer = names[name], answer.lookup == nil else { continue }
            guard answer.dueAt.map({ $0 <= now }) ?? true else { continue }
            let id = Node.LookupID(rawValue: nextLookup)
            nextLookup += 1
            lookups[id] = name
            lastAskedAt[name] = now
            names.update(name) { $0.lookup = id }
            started.append((id, name))
        }
        return started
    }

    /// Takes an answer; true when the addresses changed.
    mutating func resolved(
        _ id: Node.LookupID,
        _ addresses: [SocketAddress],
        ttl: Duration,
        now: Instant
    ) -> Bool {
        guard let name = lookups.removeValue(forKey: id) else { return false }
        let found = Array(addresses.prefix(Self.addressLimit)).sorted()
        return names.update(name) { answer in
            let isFirst = answer.dueAt == nil
            answer.lookup = nil
            if found.isEmpty {
                // Addresses found earlier are kept until a lookup succeeds (O§3.14).
                answer.failCount += 1
                var rest = Self.retryLeast
                for _ in 1..<max(answer.failCount, 1) where rest < Self.ttlMost {
                    rest = rest * 2 + Self.retryLeast
                }
                answer.dueAt = now.advanced(by: min(rest, Self.ttlMost))
                return isFirst
            }
            answer.failCount = 0
            answer.dueAt = now.advanced(by: min(max(ttl, Self.ttlLeast), Self.ttlMost))
            defer { answer.addresses = found }
            return isFirst || answer.addresses != found
        } ?? false
    }

    /// When the last of those names is looked up again that have addresses; nil if none is such.
    func lastDue(of points: [Topology.AccessPoint]) -> Instant? {
        var last: Instant?
        for point in points {
            guard case .name(let host) = point.host,
                let answer = names[Name(host: host, port: point.port)], !answer.addresses.isEmpty
            else { continue }
            let due: Instant? = answer.dueAt
            if let due { last = max(last ?? due, due) }
        }
        return last
    }

    /// A dial to `address` failed: the names that stand for it are looked up again soon.
    mutating func distrust(_ address: SocketAddress, now: Instant) {
        for name in names.ids where names[name]?.addresses.contains(address) == true {
            let soonest = (lastAskedAt[name] ?? .epoch).advanced(by: Self.restBetween)
            names.update(name) { answer in
                guard answer.lookup == nil, let due = answer.dueAt else { return }
                answer.dueAt = min(due, max(now, soonest))
            }
        }
    }
}
