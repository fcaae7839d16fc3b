import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Ids learnt for access points that name none.
struct NodePinTests {
    private func address(_ number: Int) -> SocketAddress {
        SocketAddress(ip: IPAddress(v4: 0x0A00_0000 + UInt32(number)), port: 3001)
    }

    private func topology(_ addresses: Range<Int>) -> Topology {
        var topology = Topology()
        topology.localRoots = [
            Topology.LocalRootGroup(
                accessPoints: addresses.map {
                    Topology.AccessPoint(host: .ip(address($0).ip), port: 3001)
                },
                hotValency: 1
            )
        ]
        return topology
    }

    /// A store in which `count` addresses have ids.
    private func rows(_ count: Int) -> [StoreChange] {
        (0..<count).map {
            StoreChange(
                .pin,
                key: Array("\(address($0 + 100))".utf8),
                value: World.id($0 % 200 + 20).bytes
            )
        }
    }

    /// What a node writes of pins when node 2 answers at an access point without id, with `count`
    /// pins in its store already.
    private func changes(with count: Int) -> [StoreChange] {
        var solo = Solo(boots: false) { $0.topology = self.topology(2..<3) }
        solo.feed(.loaded(rows(count)))
        solo.feed(.listening(World.address(1)))
        guard let dial = solo.dials.first else {
            Issue.record("nobody was dialed")
            return []
        }
        let info = solo.info(World.id(2), listening: address(2))
        solo.feed(.authenticated(dial.connection, World.id(2), info, remote: address(2)))
        #expect(solo.node.invariantViolation() == nil)
        return solo.effects.flatMap { effect -> [StoreChange] in
            guard case .persist(_, let changes) = effect else { return [] }
            return changes.filter { $0.space == .pin }
        }
    }

    @Test func `are kept up to the limit, and those not configured go for one more`() {
        let new = StoreChange(
            .pin,
            key: Array("\(address(2))".utf8),
            value: World.id(2).bytes
        )
        #expect(changes(with: Node.pinLimit - 1) == [new])
        let cleared = changes(with: Node.pinLimit)
        #expect(cleared.count == Node.pinLimit + 1)
        #expect(cleared.dropLast().allSatisfy { $0.value == nil })
        #expect(cleared.last == new)
    }
}
