import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Whom a node tells of: nobody that said that it does not share peers (O§11.2,
/// `no_peershare_unwilling`).
struct NodeSharingTests {
    private enum Asker: CaseIterable {
        case warren
        /// A CometBFT node, without 0x70.
        case plain
    }

    private static func hello(sharesPeers: Bool) -> [UInt8] {
        LifecycleMessage.hello(
            Lifecycle.Hello(
                diffusionMode: .initiatorAndResponder,
                sharesPeers: sharesPeers
            )
        ).bytes
    }

    /// A node that is connected to nodes 2, which does not share peers, and 3, which does.
    private func acquainted(_ kind: NodeConfiguration.PeerManagerKind) -> Solo {
        var solo = Solo { birth in
            birth.configuration.peerManager = kind
            birth.topology.localRoots = [
                Topology.LocalRootGroup(
                    accessPoints: [World.point(2), World.point(3)],
                    hotValency: 2
                )
            ]
            birth.topology.localRoots[0].advertise = true
        }
        solo.pass(.seconds(4))
        for dial in solo.dials {
            guard let id = dial.expecting else { continue }
            let info = solo.info(id, listening: dial.address)
            solo.feed(.authenticated(dial.connection, id, info, remote: dial.address))
            let hello = Self.hello(sharesPeers: id == World.id(3))
            solo.feed(.received(dial.connection, .lifecycle, hello))
        }
        return solo
    }

    /// Whom the node names to node 4.
    private func told(_ asker: Asker, by solo: inout Solo) -> [NodeID]? {
        let address = World.address(4)
        var info = solo.info(World.id(4), listening: address)
        switch asker {
        case .warren: break
        case .plain: info.channels = [.peerExchange]
        }
        let guest = ConnectionID.accepted(99)
        solo.feed(.accepted(guest, from: address))
        solo.feed(.authenticated(guest, World.id(4), info, remote: address))
        if asker == .warren {
            solo.feed(.received(guest, .lifecycle, Self.hello(sharesPeers: true)))
        }
        let request = ExchangeMessage.request.bytes
        for case .send(guest, .peerExchange, let bytes) in solo.feed(
            .received(guest, .peerExchange, request)
        ) {
            guard case .addresses(let addresses) = try? ExchangeMessage(bytes) else { continue }
            return addresses.compactMap { $0.peerAddress?.id }
        }
        return nil
    }

    @Test(arguments: Asker.allCases, NodeConfiguration.PeerManagerKind.allCases)
    private func `nobody is told of a peer that does not share peers`(
        _ asker: Asker,
        _ kind: NodeConfiguration.PeerManagerKind
    ) {
        var solo = acquainted(kind)
        #expect(told(asker, by: &solo) == [World.id(3)])
    }

    @Test func `a seed tells of nobody that does not share peers`() {
        var solo = Solo { $0.configuration.role = .seed }
        for number in 2...3 {
            let address = World.address(number)
            let guest = solo.guest(World.id(number), from: address, listening: address)
            solo.feed(.received(guest, .lifecycle, Self.hello(sharesPeers: number == 3)))
        }
        #expect(told(.warren, by: &solo) == [World.id(3)])
    }
}
