import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `The state of a network` {
    private func network(_ history: History) -> NetworkState {
        var network = NetworkState(History.population)
        for fact in history.facts { network.take(fact) }
        return network
    }

    private func row(_ peer: UInt32, _ temperature: Temperature) -> Snapshot.Peer {
        Snapshot.Peer(peer: .init(rawValue: peer), source: .ledger, temperature: temperature)
    }

    @Test func `begins when all nodes were healthy at once`() {
        var history = History(facts: [])
        for number in 0..<3 { history.node(number, .healthy, at: 1) }
        history.node(0, .unhealthy, at: 2)
        history.node(3, .healthy, at: 3)
        #expect(network(history).zero == nil)
        history.node(0, .healthy, at: 4)
        history.node(0, .down, at: 5)
        history.node(0, .healthy, at: 6)
        #expect(network(history).zero == .at(4))
    }

    @Test func `joins two handles of one node`() throws {
        var history = History()
        history.move(0, 1, .unknown, .cold, .learnt, source: .localRoot, at: 1)
        history.note(
            .connected(PeerReference(peer: .init(rawValue: 9)), .accepted(4), .duplex),
            of: 0,
            at: 2
        )
        history.note(
            .merged(
                PeerReference(peer: .init(rawValue: 9), id: nodeID(1)),
                other: .init(rawValue: 1)
            ),
            of: 0,
            at: 3
        )
        let peers = network(history).nodes[0].peers
        let peer = try #require(peers.first)
        #expect(peers.count == 1)
        #expect(peer.temperature == .cold && peer.source == .localRoot)
        #expect(peer.direction == .duplex && peer.reference.id == nodeID(1))
    }

    @Test func `drops a row of which nothing is left`() {
        var history = History()
        history.connect(0, 1, at: 1)
        history.note(.usedBy(History.reference(1), .hot), of: 0, at: 1)
        #expect(network(history).nodes[0].peers.first?.usedBy == .hot)
        history.disconnect(0, 1, at: 2)
        history.move(0, 2, .unknown, .cold, .learnt, at: 3)
        history.move(0, 2, .cold, .unknown, .forgotten, at: 4)
        history.note(.asked(History.reference(3)), of: 0, at: 5)
        #expect(network(history).nodes[0].peers == [])
    }

    @Test func `ends a dial as it ends`() {
        var history = History()
        for number in 1...3 {
            history.note(.dialing(History.reference(1), .dialed(UInt64(number))), of: 0, at: 1)
        }
        #expect(network(history).nodes[0].dialingCount == 3)
        history.note(.refused(.dialed(1), address: "a:1", .connectRefused), of: 0, at: 2)
        history.note(.connected(History.reference(1), .dialed(2), .outbound), of: 0, at: 2)
        #expect(network(history).nodes[0].dialingCount == 1)
    }

    @Test func `ignores events told twice`() {
        var history = History()
        history.move(0, 1, .unknown, .cold, .learnt, at: 1)
        history.move(0, 1, .cold, .warm, at: 2)
        let again = History(facts: history.facts + [history.facts[4]])
        #expect(network(again).nodes[0].peers.first?.temperature == .warm)
        #expect(!network(again).nodes[0].isInDoubt)
    }

    @Test func `reports what a snapshot contradicts`() {
        var history = History()
        history.move(0, 1, .unknown, .cold, .learnt, at: 1)
        history.move(0, 2, .unknown, .cold, .learnt, at: 1)
        let told = [row(1, .cold), row(3, .hot)]
        history.node(0, .snapshot(history.snapshot(of: 0, told, at: 2)), at: 2)
        #expect(
            network(history).contradictions == [
                .init(
                    at: .at(2),
                    node: 0,
                    peer: .init(peer: .init(rawValue: 3), events: .unknown, snapshot: .hot)
                ),
                .init(
                    at: .at(2),
                    node: 0,
                    peer: .init(peer: .init(rawValue: 2), events: .cold, snapshot: .unknown)
                ),
            ]
        )
        var older = history.snapshot(of: 0, [], at: 3)
        older.sequence -= 1
        history.node(0, .snapshot(older), at: 3)
        #expect(network(history).contradictions.count == 2)
        #expect(network(history).nodes[0].peers.count == 2)
    }

    @Test func `reports a snapshot that says another tip than the events`() {
        var history = History()
        history.adopt(4, 0, at: 1)
        let right = History.block(4)
        var snapshot = history.snapshot(of: 0, [], at: 2)
        snapshot.chain = .init(slot: 40, height: 4, hash: right.hash.description)
        history.node(0, .snapshot(snapshot), at: 2)
        #expect(network(history).tipContradictions == [])
        snapshot.chain?.height = 5
        history.node(0, .snapshot(snapshot), at: 3)
        #expect(
            network(history).tipContradictions.map(\.tip.snapshot.height) == [5]
                && network(history).tipContradictions.map(\.tip.events) == [right]
        )
        // One that is older, or of a node that does not tell, contradicts nothing.
        snapshot.sequence = 0
        history.node(0, .snapshot(snapshot), at: 4)
        snapshot.sequence = 1
        snapshot.chain = nil
        history.node(0, .snapshot(snapshot), at: 5)
        #expect(network(history).tipContradictions.count == 1)
        #expect(network(history).nodes[0].chain.tip == right)
    }

    @Test func `follows each node's chain`() {
        var history = History()
        history.make(1, by: 0, at: 10)
        history.note(
            .chain(.announced(History.block(1), by: History.reference(0))),
            of: 1,
            at: 12
        )
        history.note(
            .chain(.fetched(History.block(1), from: History.reference(0), bytes: 9)),
            of: 1,
            at: 13
        )
        history.adopt(1, 1, at: 14)
        var state = network(history)
        let item = state.chain.blocks.item(History.block(1).hash)
        #expect(item?.bornAt == .at(10) && item?.maker == 0)
        #expect(item?.announcedAt[1] == .at(12) && item?.fetchedAt[1] == .at(13))
        #expect(item?.arrivals == [.init(node: 1, at: .at(14))])
        #expect(state.nodes[1].chain.tip == History.block(1))
        history.adopt(2, 1, at: 20)
        history.rollBack(1, to: 1, at: 30)
        state = network(history)
        #expect(state.nodes[1].chain.tip == History.block(1))
        #expect(state.nodes[1].chain.highest == 2 && state.nodes[1].chain.roseAt == .at(20))
        history.node(1, .down, at: 40)
        #expect(network(history).nodes[1].chain.tip == nil)
    }

    @Test func `remembers 100 blocks of a maker that nobody follows, and 1000 that count`() {
        var history = History()
        for height in 1...150 { history.make(UInt64(height), fork: 7, by: 0, at: 1) }
        #expect(network(history).chain.blocks.count == 100)
        for height in 1...1005 {
            history.make(UInt64(height), by: 1, at: Int64(height))
            for number in [2, 3] { history.adopt(UInt64(height), number, at: Int64(height)) }
        }
        #expect(network(history).chain.blocks.count == 1100)
    }

    @Test func `remembers the last 1000 transactions, and what is told before its making`() {
        var history = History()
        for number in 1...1001 {
            let hash = Hash(of: [UInt8(number & 255), UInt8(number >> 8)])
            history.note(.chain(.sighted(transaction: hash, from: nil)), of: 0, at: 1)
        }
        // Told out of order: who has a block is known before who made it.
        history.adopt(1, 1, at: 2)
        history.make(1, by: 0, at: 3)
        history.adopt(1, 2, at: 4)
        let chain = network(history).chain
        #expect(chain.transactions.count == 1000)
        #expect(chain.transactions.item(Hash(of: [1, 0])) == nil)
        #expect(chain.transactions.item(Hash(of: [2, 0])) != nil)
        let item = chain.blocks.item(History.block(1).hash)
        #expect(item?.arrivals.map(\.node) == [1, 2] && item?.isCounted == true)
    }

    @Test func `remembers 1000 contradictions and no more`() {
        var history = History()
        history.move(0, 1, .unknown, .cold, .learnt, at: 1)
        for count in [999, 1, 1] {
            let told = [row(1, .cold)] + (0..<count).map { row(UInt32($0 + 10), .hot) }
            history.node(0, .snapshot(history.snapshot(of: 0, told, at: 2)), at: 2)
        }
        #expect(network(History(facts: history.facts.dropLast(2))).contradictions.count == 999)
        #expect(network(History(facts: history.facts.dropLast())).contradictions.count == 1000)
        #expect(network(history).contradictions.count == 1000)
    }

    /// A node that has told of as many peers as are kept, in a snapshot or in events.
    private func crowd(_ count: Int, inEvents: Bool) -> History {
        var history = History()
        guard inEvents else {
            history.node(0, .gap, at: 1)
            let rows = (0..<count).map { row(UInt32($0), .cold) }
            history.node(0, .snapshot(history.snapshot(of: 0, rows, at: 2)), at: 2)
            return history
        }
        for number in 0..<count {
            let peer = PeerReference(peer: .init(rawValue: UInt32(number)))
            let change = Transition(
                peer: peer,
                from: .unknown,
                to: .cold,
                reason: .learnt,
                source: .peerExchange
            )
            history.note(.transition(change), of: 0, at: 1)
        }
        return history
    }

    @Test(arguments: [false, true])
    func `keeps 25,000 peers of a node, and doubts one that tells of more`(inEvents: Bool) {
        let limit = NodeState.claimLimit
        let full = network(crowd(limit, inEvents: inEvents))
        #expect(full.nodes[0].peers.count == limit)
        #expect(!full.nodes[0].isInDoubt)
        #expect(full.excesses.isEmpty)
        var history = crowd(limit + 1, inEvents: inEvents)
        let over = network(history)
        #expect(over.nodes[0].peers.count == limit)
        #expect(over.nodes[0].isInDoubt)
        #expect(over.excesses.map(\.node) == [0])
        #expect(over.excesses.map(\.what) == [.peers])
        history.node(0, .snapshot(history.snapshot(of: 0, [row(1, .hot)], at: 3)), at: 3)
        let mended = network(history)
        #expect(!mended.nodes[0].isInDoubt)
        #expect(mended.nodes[0].peers.count == 1)
        #expect(mended.excesses.count == 1)
    }

    @Test func `keeps 25,000 bans and dials of a node, and doubts one that tells of more`() {
        let limit = NodeState.claimLimit
        func id(_ number: Int) -> NodeID {
            let low = UInt32(number).bigEndianBytes
            return NodeID([UInt8](repeating: 0, count: 16) + low) ?? nodeID(0)
        }
        func count(_ note: (Int) -> Note) -> [NetworkState] {
            var history = History()
            for number in 0..<limit { history.note(note(number), of: 0, at: 1) }
            // Told of twice, it is still one.
            history.note(note(0), of: 0, at: 1)
            let full = network(history)
            history.note(note(limit), of: 0, at: 1)
            return [full, network(history)]
        }
        let bans = count { .banned(id($0), until: .at(9)) }
        let dials = count { .dialing(History.reference(1), .dialed(UInt64($0))) }
        #expect(bans.map(\.nodes[0].bannedCount) == [limit, limit])
        #expect(dials.map(\.nodes[0].dialingCount) == [limit, limit])
        #expect(bans.map(\.nodes[0].isInDoubt) == [false, true])
        #expect(dials.map(\.nodes[0].isInDoubt) == [false, true])
        #expect(bans[1].excesses.map(\.what) == [.bans])
        #expect(dials[1].excesses.map(\.what) == [.dials])
    }

    @Test
    func `holds every step of a connection against the tables, and after a gap starts afresh`() {
        var history = History()
        func step(_ from: ConnectionState, _ to: ConnectionState, at time: Int64) {
            history.note(.connection(nil, .accepted(1), from: from, to: to), of: 1, at: time)
        }
        step(.unknown, .unnegotiated(.inbound), at: 1)
        step(.unnegotiated(.inbound), .inboundIdle(.duplex), at: 2)
        let peer = History.reference(2)
        history.note(.inbound(peer, .accepted(1), from: nil, to: .idle), of: 1, at: 3)
        #expect(network(history).conduct == Conduct(stepCount: 3))
        history.lose(4, of: 1)
        // Nobody knows where it stood: this may be.
        step(.inbound(.duplex), .duplex, at: 4)
        #expect(network(history).missteps.isEmpty)
        step(.inbound(.duplex), .duplex, at: 5)
        history.note(.inbound(peer, .accepted(1), from: .hot, to: .cold), of: 1, at: 6)
        let words = [
            "in-1 was duplex, and now goes from inboundDup to duplex",
            "in-1 goes from hot to cold, which O§7.3 does not permit",
        ]
        let conduct = network(history).conduct
        #expect(conduct.stepCount == 6)
        #expect(conduct.offences.map(\.words) == words)
        #expect(conduct.offences.map(\.node) == [1, 1])
        #expect(conduct.offences.map(\.at) == [.at(5), .at(6)])
        history.node(1, .down, at: 7)
        step(.unknown, .unnegotiated(.inbound), at: 8)
        #expect(network(history).conduct.offences.count == 2, "a new life begins anew")
    }

    @Test func `a thousand missteps are remembered, and no more`() {
        var history = History()
        for number in 0...UInt64(NetworkState.contradictionLimit) {
            let lie = Note.connection(nil, .accepted(number), from: .duplex, to: .inbound(.duplex))
            history.note(lie, of: 0, at: 1)
        }
        let full = network(.cut(history, at: 1))
        #expect(full.missteps.count == NetworkState.contradictionLimit)
        #expect(full.stepCount == NetworkState.contradictionLimit + 1)
    }

    @Test func `knows a node by its address until it knows its id`() throws {
        let declared = DeclaredNode(name: "a", group: "g", role: .relay, addresses: ["a:1"])
        var population = Population([declared])
        let bare = PeerReference(peer: .init(rawValue: 1), address: "a:1")
        let named = PeerReference(peer: .init(rawValue: 1), id: nodeID(4), address: "b:2")
        #expect(population.number(of: bare) == 0)
        #expect(population.number(of: named) == nil)
        #expect(population.name(of: named) == "b:2")
        population.learn(nodeID(4), of: 0)
        #expect(population.number(of: named) == 0)
        #expect(population.name(of: named) == "a")
    }
}
