import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport

/// What an attacker with many addresses in few groups can take of a victim, and what not.
///
/// The book is looked at by itself, since it is the only one to decide who gets into it; inbound
/// slots and honest company are looked at in a network. Sources: C§6, O§6.7, design §17.15.
struct EclipseProperties {
    private static let now = Instant(nanoseconds: 1_700_000_000_000_000_000)

    /// Entries that one group of sources can fill: 32 buckets of 64 (C§6.1), of 256.
    private static let perSourceGroup = AddressBook.newBucketsPerSourceGroup * 64

    /// A book with its chance, and who in it is honest.
    private struct Victim {
        var book: AddressBook
        var random: Random
        var changes: [StoreChange] = []
        var honest: [PeerAddress] = []
        var vetted: Set<NodeID> = []

        init(_ seed: Seed) {
            var random = seed.random
            let key = (0..<16).map { _ in UInt8(random.below(256)) }
            book = AddressBook(
                settings: AddressBook.Settings(ownID: EclipseProperties.id(1, &random)),
                newKey: key,
                rows: [],
                now: EclipseProperties.now,
                random: &random,
                into: &changes
            )
            self.random = random
        }

        /// Honest peers of many groups, told by many; some were of use and are vetted.
        mutating func meetHonestPeers(_ count: Int) {
            for number in 0..<count {
                let address = EclipseProperties.address(in: 0x1400 + number % 400, 2, &random)
                let source = EclipseProperties.address(in: 0x1400 + number * 7 % 400, 2, &random)
                add(address, from: source)
                honest.append(address)
                guard number.isMultiple(of: 10) else { continue }
                book.markGood(
                    address.id,
                    at: nil,
                    now: EclipseProperties.now,
                    into: &changes
                )
                vetted.insert(address.id)
            }
        }

        mutating func add(_ address: PeerAddress, from source: PeerAddress) {
            _ = try? book.add(
                address,
                from: source,
                now: EclipseProperties.now,
                random: &random,
                into: &changes
            )
            changes.removeAll(keepingCapacity: true)
        }

        var strangerCount: Int {
            book.entries.count { $0.record.address.id.bytes[0] == 0xBA }
        }
    }

    /// Attackers' ids begin with 0xBA, honest ones with 2.
    fileprivate static func id(_ mark: UInt8, _ random: inout Random) -> NodeID {
        let bytes =
            random.next().bigEndianBytes + random.next().bigEndianBytes
            + random.next().bigEndianBytes.prefix(3)
        guard let id = NodeID([mark] + bytes) else { preconditionFailure("an id has 20 bytes") }
        return id
    }

    /// Some address of a group of /16, all of which are routable.
    fileprivate static func address(
        in group: Int,
        _ mark: UInt8,
        _ random: inout Random
    ) -> PeerAddress {
        let bits = UInt32(truncatingIfNeeded: group) << 16 | UInt32(random.below(1 << 16))
        return PeerAddress(
            id: id(mark, &random),
            socket: SocketAddress(ip: IPAddress(v4: bits), port: 3001)
        )
    }

    /// `groups` groups of sources tell lists as long as may be, of addresses in `lies` groups.
    private func flood(_ victim: inout Victim, answers: Int, groups: Int, lies: Int) {
        for number in 0..<answers {
            let source = Self.address(in: 0x2D00 + number % groups, 0xBA, &victim.random)
            for _ in 0..<ExchangeMessage.addressLimit {
                let group = 0x2E00 + victim.random.below(lies)
                victim.add(Self.address(in: group, 0xBA, &victim.random), from: source)
            }
        }
    }

    /// With true addresses: two groups that tell of two groups reach 2 · 2 buckets of 64.
    ///
    /// So 5,000 addresses hold 256 rows at most, and displace at most as many honest ones.
    @Test(arguments: Seed.sweep())
    func `eclipse: addresses in two groups take four buckets of the book at most`(_ seed: Seed) {
        var victim = Victim(seed)
        victim.meetHonestPeers(1_000)
        flood(&victim, answers: 20, groups: 2, lies: 2)
        #expect(victim.strangerCount <= 2 * 2 * 64)
        #expect(victim.strangerCount >= 64)
        let left = victim.honest.count { victim.book.contains($0.id) }
        #expect(left >= 1_000 - 4 * 64)
        #expect(victim.vetted.allSatisfy { victim.book.isGood($0) == true })
    }

    /// With invented addresses of any group: 32 buckets of 64 for each group of sources.
    @Test(arguments: Seed.sweep(5))
    func `eclipse: however many groups they invent, two groups of liars reach 64 buckets`(
        _ seed: Seed
    ) {
        var victim = Victim(seed)
        victim.meetHonestPeers(1_000)
        let before = victim.book.entries
        flood(&victim, answers: 60, groups: 2, lies: 512)
        #expect(victim.strangerCount <= 2 * Self.perSourceGroup)
        #expect(victim.strangerCount > Self.perSourceGroup)
        let reached = Set(
            victim.book.entries.filter { $0.record.address.id.bytes[0] == 0xBA }.flatMap(\.buckets)
        )
        #expect(reached.count <= 2 * AddressBook.newBucketsPerSourceGroup)
        for entry in before where reached.isDisjoint(with: entry.buckets) {
            #expect(victim.book.contains(entry.record.address.id), "\(entry.record.address)")
        }
        #expect(victim.vetted.allSatisfy { victim.book.isGood($0) == true })
    }

    /// One peer that answers every question, one every eleven seconds, with 250 addresses: ten
    /// minutes of it are 13,500 addresses, and 2,048 rows at most.
    @Test(arguments: Seed.sweep(2))
    func
        `PEX flooding: the longest answers, at the permitted rate, fill one source group's buckets at most`(
            _ seed: Seed
        )
    {
        var victim = Victim(seed)
        victim.meetHonestPeers(500)
        let answers = Int(Duration.seconds(600) / PeerExchange.Settings().askInterval)
        flood(&victim, answers: answers, groups: 1, lies: 4_096)
        #expect(victim.strangerCount <= Self.perSourceGroup)
        #expect(victim.vetted.allSatisfy { victim.book.isGood($0) == true })
    }

    // MARK: In a network

    /// Honest hosts are 0 (the victim) to 4, each of a group of its own; the others are of two.
    private func address(_ host: Int) -> SocketAddress {
        let group: UInt32 = host < 5 ? 0x1700 + UInt32(host) : 0x2D00 + UInt32(host % 2)
        return SocketAddress(ip: IPAddress(v4: group << 16 | UInt32(host + 1)), port: 3001)
    }

    private func point(_ host: Int) -> Topology.AccessPoint {
        let address = address(host)
        return Topology.AccessPoint(
            id: Town.key(host).id,
            host: .ip(address.ip),
            port: address.port
        )
    }

    private func siege(_ seed: Seed) -> Town {
        var town = Town(links: [LinkQuality(roundTrip: .milliseconds(60))])
        town.settings = Simulation.Settings(seed: seed.value)
        town.settings.startSpread = .seconds(2)
        town.settings.snapshotPeriod = .seconds(1)
        for host in 0..<(5 + 20) {
            town.add { birth in
                birth.configuration.listenAddress = address(host)
                birth.configuration.addressBookStrict = true
                let roots = host < 5 ? [(host + 1) % 5, (host + 2) % 5] : [0]
                birth.topology.localRoots = [
                    Topology.LocalRootGroup(
                        accessPoints: roots.map(point),
                        hotValency: roots.count
                    )
                ]
                birth.topology.localRoots[0].advertise = true
                birth.configuration.targets = Targets(
                    root: 2,
                    known: 30,
                    established: 6,
                    active: 4
                )
                guard host == 0 else { return }
                birth.configuration.acceptedConnections.hard = 8
                birth.configuration.acceptedConnections.soft = 6
            }
        }
        return town
    }

    /// Twenty that dial a victim with eight inbound slots: those they may take, all eight; but the
    /// places of local roots are not theirs to take, so that two of the four hot peers and of the
    /// six in use are honest at any time, and none is ever let go (P5).
    @Test(arguments: Seed.sweep(10))
    func `eclipse: a siege takes the inbound slots at most, and never the local roots' places`(
        _ seed: Seed
    ) throws {
        var simulation = try siege(seed).simulation()
        var most = 0
        var heldOff = 0
        simulation.run(for: .seconds(10)) { _ in }
        simulation.run(for: .seconds(240)) { fact in
            guard case .node(0, .snapshot(let snapshot)) = fact.what else { return }
            most = max(most, snapshot.connectionCounters?.inbound ?? 0)
            let honest = [1, 2].compactMap { snapshot.peer($0) }
            if honest.count == 2, honest.allSatisfy({ $0.temperature == .hot }) { return }
            heldOff += 1
        }
        #expect(most == 8)
        #expect(heldOff == 0)
        let book = simulation.snapshot(0)?.book
        // Every stranger is there with the one address that it really has.
        #expect(book.map { $0.total <= 4 + 20 } == true)
    }
}
