import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct LinkOrderTests {
    private func orders(
        _ from: [Int],
        _ to: [Int],
        oneWay: Bool = false,
        mode: Scenario.Fault.CutMode = .hang
    ) -> [LinkOrder] {
        let edges = ResolvedFault.Edges(from: from, to: to, isOneWay: oneWay)
        return ResolvedFault(
            name: "x",
            at: .zero,
            until: nil,
            action: .cut(edges, mode: mode)
        ).linkOrders
    }

    @Test func `both sides of a cut are told of each other`() {
        #expect(
            orders([0, 1], [2], mode: .reset) == [
                LinkOrder(node: 0, peers: [2], effect: .cut(.reset, .both)),
                LinkOrder(node: 1, peers: [2], effect: .cut(.reset, .both)),
                LinkOrder(node: 2, peers: [0, 1], effect: .cut(.reset, .both)),
            ]
        )
    }

    @Test func `one way is out at the first side and in at the second`() {
        #expect(
            orders([0, 1], [2], oneWay: true) == [
                LinkOrder(node: 0, peers: [2], effect: .cut(.hang, .out)),
                LinkOrder(node: 1, peers: [2], effect: .cut(.hang, .out)),
                LinkOrder(node: 2, peers: [0, 1], effect: .cut(.hang, .in)),
            ]
        )
    }

    @Test func `what gets worse does so at both ends`() {
        let edges = ResolvedFault.Edges(from: [3], to: [0], isOneWay: false)
        let slow = LinkQuality(roundTrip: .milliseconds(200), lossMillionths: 10_000)
        let fault = ResolvedFault(
            name: "x",
            at: .zero,
            until: nil,
            action: .degrade(edges, slow)
        )
        #expect(
            fault.linkOrders == [
                LinkOrder(node: 0, peers: [3], effect: .degrade(slow)),
                LinkOrder(node: 3, peers: [0], effect: .degrade(slow)),
            ]
        )
        #expect(fault.touchedNodes == [0, 3] && fault.isOfLinks)
    }

    @Test func `faults of nodes and clocks have no orders`() {
        for action in [ResolvedFault.Action.kill([1]), .skew([1], .seconds(1))] {
            let fault = ResolvedFault(name: "x", at: .zero, until: nil, action: action)
            #expect(fault.linkOrders.isEmpty && !fault.isOfLinks && fault.edges == nil)
        }
    }

    /// Sides that may overlap.
    private func sides(_ random: inout Random) -> ([Int], [Int]) {
        let (from, to) = (
            (0..<5).filter { _ in random.below(2) == 0 },
            (0..<5).filter { _ in
                random.below(2) == 0
            }
        )
        return (from, to)
    }

    @Test(arguments: Seed.sweep())
    func `orders together touch what the fault touches, and nothing else`(_ seed: Seed) {
        var random = seed.random
        let (from, to) = sides(&random)
        let isOneWay = random.below(2) == 0
        let edges = ResolvedFault.Edges(from: from, to: to, isOneWay: isOneWay)
        var lost: Set<[Int]> = []
        for order in orders(from, to, oneWay: isOneWay) {
            #expect(!order.peers.contains(order.node) && !order.peers.isEmpty)
            guard case .cut(_, let way) = order.effect else { continue }
            for peer in order.peers {
                if way != .in { lost.insert([order.node, peer]) }
                if way != .out { lost.insert([peer, order.node]) }
            }
        }
        var touched: Set<[Int]> = []
        for sender in 0..<5 {
            for receiver in 0..<5 where edges.touches(from: sender, to: receiver) {
                touched.insert([sender, receiver])
            }
        }
        #expect(lost == touched)
        let (pairs, count) = edges.pairs(limit: .max)
        let told = Set(pairs.map { isOneWay ? [$0.from, $0.to] : [$0.from, $0.to].sorted() })
        #expect(told == (isOneWay ? touched : Set(touched.map { $0.sorted() })))
        #expect(count == pairs.count && told.count == count)
        #expect(edges.pairs(limit: 1).first.count == min(1, count))
        #expect(edges.pairs(limit: 1).count == count)
    }

    // MARK: By hand

    private let population: Population = {
        let scenario: Document = ["nodes": ["relay": ["count": 4, "region": ["eu", "us"]]]]
        return (try? Scenario.read(scenario, file: "x.yaml").population) ?? Population([])
    }()

    private func fault(_ item: Document) throws(DocumentErrors) -> Scenario.Fault {
        try Scenario.Fault.read(item, file: "fault")
    }

    @Test func `a fault by hand is written and read back`() throws {
        let items: [Document] = [
            ["at": "0s", "kill": "relay-2", "for": "10s"], ["at": "0s", "cut": "eu > us"],
            ["at": "0s", "degrade": ["between": "eu | us", "rtt": "200ms", "loss": "1%"]],
            ["at": "0s", "restart": "relay"],
        ]
        for item in items {
            let hand = HandFault(name: "hand-1", fault: try fault(item))
            let taken = HandFault(name: "hand-1", fault: hand.fault, acceptedAt: .epoch)
            #expect(try HandFault.read(hand.document, file: "x") == hand)
            #expect(try HandFault.read(taken.document, file: "x") == taken)
            #expect(try hand.resolved(in: population).name == "hand-1")
        }
    }

    @Test func `what is no fault by hand is refused`() throws {
        let kill = try fault(["at": "0s", "name": "x", "kill": "relay-2"]).document
        let bad: [Document] = [
            [:], "kill", ["schema": "warren/fault/1"], ["schema": "other", "fault": kill],
            ["schema": "warren/fault/1", "fault": ["at": "0s", "kill": "relay-2"]],
            ["schema": "warren/fault/1", "fault": kill, "acceptedAt": -1],
            ["schema": "warren/fault/1", "fault": kill, "more": 1],
        ]
        for document in bad {
            #expect(throws: DocumentErrors.self) { try HandFault.read(document, file: "x") }
        }
    }

    @Test func `a fault says in words what it does`() throws {
        #expect(try fault(["at": "0s", "kill": "relay-2"]).words == "kill relay-2")
        #expect(try fault(["at": "0s", "cut": "eu"]).words == "cut eu | everybody else")
        #expect(
            try fault(["at": "0s", "cut": "eu > us", "mode": "reset"]).words
                == "cut eu > us, reset"
        )
        let slow: Document = ["between": "eu | us", "rtt": "200ms", "loss": "1%"]
        #expect(
            try fault(["at": "0s", "slow": slow]).words == "degrade eu | us: rtt 200ms, loss 0.01"
        )
        let late: Document = ["of": "relay", "by": "-2s"]
        #expect(try fault(["at": "0s", "skew": late]).words == "skew relay by -2s")
    }
}
