import WarrenPeering
import WarrenPrimitives

/// Configured access points and the addresses they stand for now.
///
/// Names are looked up again when their time to live ends, and at once when a dial to one of their
/// addresses fails (C§12 "DNS resolved once"). Sources: O§3.14, design §4.
struct RootDirectory: Sendable {
    /// A name and the port to dial there: what one lookup is about.
    ///
    /// Without a port it is the owner of SRV records, which name hosts and ports.
    struct Name: Hashable, Sendable {
        var host: String
        var port: UInt16?
    }

    struct Answer: Sendable {
        var lane: Lane
        var addresses: [SocketAddress] = []
        /// The lookup under way.
        var lookup: Node.LookupID?
        /// How long the SRV record holds whose target is being looked up.
        var serviceTTL: Duration?
        var isAnswered = false
        var dueAt: Instant
        /// The wait before this lookup; the next one after an error is made of it.
        var rest: Duration = .zero
        var lastAskedAt: Instant?
    }

    /// Names that share a limit on concurrent lookups.
    enum Lane: Int, Hashable, Sendable, CaseIterable {
        case localRoots
        /// Public roots, bootstrap peers and seeds.
        case others

        /// Lookups at once (O§3.14).
        var limit: Int {
            switch self {
            case .localRoots: 2
            case .others: 8
            }
        }
    }

    /// Every time to live is held within these bounds (O§3.14).
    static let ttlLeast: Duration = .seconds(60)
    static let ttlMost: Duration = .seconds(900)
    /// How long a name without any address rests (O§3.14).
    static let restWhenEmpty: Duration = .seconds(60)
    /// How long a name rests that does not exist (O§3.14).
    static let restWhenUnknown: Duration = .seconds(900)
    /// After any other error a name rests twice as long as before and this, up to ``ttlMost``
    /// (O§3.14).
    static let restStep: Duration = .seconds(5)
    /// No more addresses than this are taken from one name.
    static let addressLimit = 64
    /// No name is looked up more often than this, however its dials fail.
    static let restBetween: Duration = .seconds(5)

    private var names = Roster<Name, Answer>()
    private var lookups: [Node.LookupID: (name: Name, lane: Lane)] = [:]
    private var nextLookup: UInt64 = 1
    /// What is to be looked up, latest first, for each lane.
    private var queues = Lane.allCases.map { _ in [Turn]() } { didSet { plan() } }
    private var running = Lane.allCases.map { _ in 0 } { didSet { plan() } }
    /// When a lookup is due that may run; kept, as it is asked for after every input.
    private(set) var nextDeadline: Instant?
    private var turnCount: UInt64 = 0

    /// A name's place in its lane's queue: by time, then first come, first served.
    private struct Turn: Comparable, Sendable {
        var at: Instant
        var order: UInt64
        var name: Name

        static func < (lhs: Turn, rhs: Turn) -> Bool {
            (lhs.at, lhs.order) < (rhs.at, rhs.order)
        }
    }

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
            return names[Name(host: host, port: point.port)]?.isAnswered == true
        }
    }

    // MARK: - Whose turn it is

    /// Names to be watched from now on; those no longer named are dropped.
    ///
    /// All of them are looked up afresh, as upstream does when the topology is read again.
    mutating func watch(
        localRoots: [Topology.AccessPoint],
        others: [Topology.AccessPoint],
        now: Instant
    ) {
        var wanted: Set<Name> = []
        queues = Lane.allCases.map { _ in [] }
        for (lane, points) in [(Lane.localRoots, localRoots), (.others, others)] {
            for point in points {
                guard case .name(let host) = point.host else { continue }
                let name = Name(host: host, port: point.port)
                guard wanted.insert(name).inserted else { continue }
                var answer = names[name] ?? Answer(lane: lane, dueAt: now)
                answer.lane = lane
                answer.rest = .zero
                answer.dueAt = max(now, Self.leastDue(answer))
                names[name] = answer
                if answer.lookup == nil { enqueue(name, answer) }
            }
        }
        for name in names.ids where !wanted.contains(name) { names.remove(name) }
    }

    private mutating func plan() {
        nextDeadline = nil
        for lane in Lane.allCases where running[lane.rawValue] < lane.limit {
            nextDeadline = soonest(nextDeadline, queues[lane.rawValue].last?.at)
        }
    }

    /// The lookups that are due, as many as may run at once; now under way.
    mutating func due(now: Instant) -> [(Node.LookupID, Name)] {
        var started: [(Node.LookupID, Name)] = []
        for lane in Lane.allCases {
            while running[lane.rawValue] < lane.limit, let turn = queues[lane.rawValue].last,
                turn.at <= now
            {
                queues[lane.rawValue].removeLast()
                running[lane.rawValue] += 1
                let id = begin(turn.name, lane)
                names.update(turn.name) { answer in
                    answer.lookup = id
                    answer.lastAskedAt = now
                }
                started.append((id, turn.name))
            }
        }
        return started
    }

    private mutating func begin(_ name: Name, _ lane: Lane) -> Node.LookupID {
        let id = Node.LookupID(rawValue: nextLookup)
        nextLookup += 1
        lookups[id] = (name, lane)
        return id
    }

    private mutating func enqueue(_ name: Name, _ answer: Answer) {
        turnCount += 1
        let turn = Turn(at: answer.dueAt, order: turnCount, name: name)
        let lane = answer.lane.rawValue
        var low = 0
        var high = queues[lane].count
        while low < high {
            let middle = (low + high) / 2
            if turn < queues[lane][middle] { low = middle + 1 } else { high = middle }
        }
        queues[lane].insert(turn, at: low)
    }

    private static func leastDue(_ answer: Answer) -> Instant {
        answer.lastAskedAt?.advanced(by: restBetween) ?? .epoch
    }

    // MARK: - What came of it

    /// Takes addresses, none if the name has none; true when something changed.
    mutating func resolved(
        _ id: Node.LookupID,
        _ addresses: [SocketAddress],
        ttl: Duration,
        now: Instant
    ) -> Bool {
        let found = Array(addresses.prefix(Self.addressLimit)).sorted()
        return finish(id, now: now) { answer in
            let isFirst = !answer.isAnswered
            let ttl = min(ttl, answer.serviceTTL ?? ttl)
            answer.isAnswered = true
            answer.rest =
                found.isEmpty
                ? Self.restWhenEmpty : min(max(ttl, Self.ttlLeast), Self.ttlMost)
            defer { answer.addresses = found }
            return isFirst || answer.addresses != found
        }
    }

    /// A lookup came to nothing; true when that is the first that is heard of the name.
    ///
    /// Addresses found earlier are kept until a lookup succeeds (O§3.14).
    mutating func unresolved(
        _ id: Node.LookupID,
        _ failure: Node.LookupFailure,
        now: Instant
    ) -> Bool {
        finish(id, now: now) { answer in
            let isFirst = !answer.isAnswered
            answer.isAnswered = true
            switch failure {
            case .noSuchName: answer.rest = Self.restWhenUnknown
            case .noAnswer: answer.rest = min(answer.rest * 2 + Self.restStep, Self.ttlMost)
            }
            return isFirst
        }
    }

    /// Chooses one target of SRV records, whose addresses are to be looked up next.
    ///
    /// Nil if there is none, which ends the lookup; ``resolved(_:_:ttl:now:)`` is called then. There
    /// is no way back to the other targets (O§3.14).
    mutating func choose(
        _ id: Node.LookupID,
        from records: [Node.ServiceRecord],
        ttl: Duration,
        random: inout Random
    ) -> (Node.LookupID, Name)? {
        guard let (name, lane) = lookups[id],
            let chosen = Node.ServiceRecord.chosen(from: records, random: &random)
        else { return nil }
        lookups[id] = nil
        let next = begin(name, lane)
        names.update(name) { answer in
            guard answer.lookup == id else { return }
            answer.lookup = next
            answer.serviceTTL = ttl
        }
        return (next, Name(host: chosen.target, port: chosen.port))
    }

    /// Frees the lookup's place and puts its name in the queue again, as `body` left it.
    private mutating func finish(
        _ id: Node.LookupID,
        now: Instant,
        _ body: (inout Answer) -> Bool
    ) -> Bool {
        guard let (name, lane) = lookups.removeValue(forKey: id) else { return false }
        running[lane.rawValue] -= 1
        // It may have been dropped since, or dropped and named again.
        guard var answer = names[name], answer.lookup == id else { return false }
        let hasChanged = body(&answer)
        answer.lookup = nil
        answer.serviceTTL = nil
        answer.dueAt = now.advanced(by: answer.rest)
        names[name] = answer
        enqueue(name, answer)
        return hasChanged
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
        for name in names.ids {
            guard var answer = names[name], answer.lookup == nil,
                answer.addresses.contains(address)
            else { continue }
            let soon = max(now, Self.leastDue(answer))
            guard soon < answer.dueAt else { continue }
            answer.dueAt = soon
            names[name] = answer
            queues[answer.lane.rawValue].removeAll { $0.name == name }
            enqueue(name, answer)
        }
    }
}
