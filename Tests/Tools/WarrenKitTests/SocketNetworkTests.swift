import Testing
import WarrenKit

@Suite(.serialized) struct `A network on sockets` {
    @Test func `spreads a rumour, and judges what must hold`() async throws {
        let judgements = try await spreadRumourOnSockets()
        #expect(judgements.map(\.outcome) == [.held, .held], "\(judgements)")
    }

    @Test func `stands beside another, and neither hears of the other`() async throws {
        let scenario = try Scenario(relays: 2, shape: .line)
        try await SocketNetwork.run(scenario) { _ in
            [RumourReactor(rumour: 1)]
        } body: { one in
            try await SocketNetwork.run(scenario) { _ in
                [RumourReactor(rumour: 2)]
            } body: { other in
                for network in [one, other] {
                    let meets = try await network.wait(upTo: .seconds(20)) {
                        try await $0.snapshot(of: "relay-1")?.hot == 1
                    }
                    #expect(meets)
                }
                #expect(try await one.reactor(RumourReactor.self, of: "relay-1")?.rumour == 1)
                #expect(try await other.reactor(RumourReactor.self, of: "relay-1")?.rumour == 2)
                #expect(try one.adminAddress(of: "relay-1") != other.adminAddress(of: "relay-1"))
            }
        }
    }

    @Test func `drops who breaks the protocol, and both ends say why`() async throws {
        let scenario = try Scenario(relays: 2, shape: .line)
        try await SocketNetwork.run(scenario) { node in
            node.name == "relay-1" ? [RumourReactor()] : [Liar()]
        } body: { network in
            let reports = network.reports(of: Liar.self)
            var ends: [CloseReason] = []
            for await told in reports {
                ends.append(told.report)
                break
            }
            // A reset, where bytes of ours were still unread at the other end.
            #expect(ends == [.closedByPeer] || ends == [.resetByPeer])
            let isSeen = try await network.wait(upTo: .seconds(10)) { network in
                let row = try await network.snapshot(of: "relay-1")?.peers.first
                return row?.reason?.contains("badMessage") == true
            }
            #expect(isSeen)
        }
    }

    /// Says something on the rumour's channel that is no rumour.
    private struct Liar: Reactor {
        let name = "liar"
        let channels = [ChannelDescriptor(id: RumourReactor.channel)]
        mutating func handle(
            _ event: ReactorEvent,
            now: Instant,
            random: inout Random,
            into outbox: inout Outbox<CloseReason>
        ) {
            switch event {
            case .addPeer(let peer): outbox.send([1], on: RumourReactor.channel, to: peer.id)
            case .removePeer(_, let reason): outbox.report(reason)
            case .initPeer, .receive, .sendable, .deadline: break
            }
        }
    }

    @Test func `ends with what is done with it, and its streams with it`() async throws {
        struct Enough: Error {}
        var kept: SocketNetwork?
        await #expect(throws: Enough.self) {
            try await SocketNetwork.run(Scenario(relays: 1), reactors: rumour) { network in
                kept = network
                #expect(try await network.snapshot(of: "relay-1") != nil)
                throw Enough()
            }
        }
        let network = try #require(kept)
        #expect(try await network.snapshot(of: "relay-1") == nil)
        #expect(try await network.reactor(RumourReactor.self, of: "relay-1") == nil)
        for await told in network.reports(of: RumourReactor.self) { Issue.record("\(told)") }
        let answer = try await network.command(RumourReactor.self, of: "relay-1") { _, _, _ in 1 }
        #expect(answer == nil)
    }

    @Test func `is not made of a scenario that only the simulator can run`() async throws {
        let scenario = try Scenario(
            yaml: """
                nodes: { relay: 2 }
                faults:
                  - { at: 1s, for: 1s, kill: relay-1 }
                """
        )
        let error = try await #require(throws: NetworkError.self) {
            try await SocketNetwork.run(scenario) { _ in }
        }
        #expect("\(error)".contains("line 3"))
        #expect("\(error)".hasSuffix("use SimulatedNetwork"))
    }

    @Test func `names what it was asked for in vain`() async throws {
        try await SocketNetwork.run(Scenario(relays: 1)) { network in
            await #expect(throws: NetworkError.noSuchNode("relay-2", nearest: "relay-1")) {
                try await network.snapshot(of: "relay-2")
            }
            await #expect(throws: NetworkError.noSuchReactor("RumourReactor", node: "relay-1")) {
                try await network.reactor(RumourReactor.self, of: "relay-1")
            }
        }
    }
}
