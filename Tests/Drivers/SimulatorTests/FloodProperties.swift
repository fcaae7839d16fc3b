import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator
import WarrenSupport
import WarrenSwitch

/// Peers that tell of invented nodes without being asked, in a network.
///
/// Sources: C§7.4, O§3.15.
struct FloodProperties {
    /// Stands where the exchange of addresses would, and tells whoever is there of 250 nodes that
    /// there are not.
    private struct Liar: Reactor {
        var name: String { "liar" }
        var channels: [ChannelDescriptor] {
            [
                ChannelDescriptor(
                    id: .peerExchange,
                    receiveMessageLimit: ExchangeMessage.byteLimit
                )
            ]
        }

        mutating func handle(
            _ event: ReactorEvent,
            now: Instant,
            random: inout Random,
            into outbox: inout Outbox<Never>
        ) {
            guard case .addPeer(let peer) = event else { return }
            let lies = (0..<ExchangeMessage.addressLimit).map { _ in Self.invented(&random) }
            outbox.send(ExchangeMessage.answer(lies).bytes, on: .peerExchange, to: peer.id)
        }

        private static func invented(_ random: inout Random) -> PeerAddress {
            let key = random.next().bigEndianBytes + random.next().bigEndianBytes + [1, 2, 3, 4]
            guard let id = NodeID(key) else { preconditionFailure("an id has 20 bytes") }
            let bits = 0x2E00_0000 + UInt32(random.below(4_096 << 16))
            return PeerAddress(id: id, socket: SocketAddress(ip: IPAddress(v4: bits), port: 3001))
        }
    }

    /// Host 0 is the victim, 1 and 2 are honest and its roots; the others dial it and lie.
    private let liars = 3..<9

    private func town(_ seed: Seed) -> Town {
        var town = Town(links: [LinkQuality(roundTrip: .milliseconds(60))])
        town.settings = Simulation.Settings(seed: seed.value)
        town.settings.startSpread = .seconds(5)
        town.settings.snapshotPeriod = .seconds(1)
        for host in 0..<liars.upperBound {
            let isLiar = liars.contains(host)
            town.add(roots: isLiar ? [0] : [1, 2].filter { $0 != host }) { birth in
                // A static topology has no exchange of its own, so that there is room for the lie.
                if isLiar { birth.configuration.enablesP2P = false }
            }
            if isLiar { town.network.hosts[host].reactors = [Liar()] }
        }
        return town
    }

    /// Nothing of what they tell is believed, and each is banned at its first word.
    @Test(arguments: Seed.sweep())
    func `PEX flooding: who tells without being asked is banned, and nothing of it is kept`(
        _ seed: Seed
    ) throws {
        let town = town(seed)
        var simulation = try town.simulation()
        var chronicle = Chronicle(start: town.start)
        var most = 0
        simulation.run(for: .seconds(45)) { fact in
            chronicle.take(fact)
            if case .node(0, .snapshot(let snapshot)) = fact.what {
                most = max(most, snapshot.book.total)
            }
        }
        let known = Set(town.network.hosts.map(\.birth.ownID))
        #expect(most > 0 && most < known.count)
        var banned: Set<NodeID> = []
        for line in chronicle.of(0) {
            if case .banned(let id, _) = line.note { banned.insert(id) }
            if case .transition(let change) = line.note, let id = change.peer.id {
                #expect(known.contains(id), "\(change) at \(line.at)")
            }
        }
        #expect(banned == Set(liars.map { Town.key($0).id }))
        let peers = simulation.snapshot(0)?.peers.filter { $0.temperature >= .warm } ?? []
        #expect(Set(peers.compactMap(\.id)) == [Town.key(1).id, Town.key(2).id])
        let complaints = simulation.complaints
        #expect(complaints.isEmpty)
    }
}
