import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

/// Offers and pulls against each other.
@Suite struct `Nodes that relay transactions` {
    /// A ring of the honest, in which everybody reaches everybody, and some more lines at random.
    private func net(_ manners: [RelayNet.Manner], _ seed: Seed) -> RelayNet {
        var random = seed.random
        var net = RelayNet(manners, random: random.fork(1))
        let honest = manners.indices.filter { manners[$0] == .honest }
        for (place, index) in honest.enumerated() {
            let next = honest[(place + 1) % honest.count]
            net.use(.init(from: index, to: next), isHot: true)
        }
        for from in manners.indices {
            for to in random.sample(2, of: Array(manners.indices)) where from != to {
                net.use(.init(from: from, to: to), isHot: true)
            }
        }
        return net
    }

    /// Submits `count` transactions here and there over some seconds; answers them.
    private func submit(_ count: Int, to net: inout RelayNet, at places: [Int]) -> [Transaction] {
        let transactions = (0..<count).map { payload($0, size: 4 + net.random.below(3000)) }
        for transaction in transactions {
            net.submit(transaction, at: places[net.random.below(places.count)])
            if net.random.chance(1, in: 3) { net.run(for: .milliseconds(net.random.below(200))) }
        }
        return transactions
    }

    @Test(arguments: Seed.sweep())
    func `all come to have every transaction, each fetched once`(seed: Seed) {
        var net = net(Array(repeating: .honest, count: 8), seed)
        let transactions = submit(40, to: &net, at: Array(net.nodes.indices))
        net.run(for: .seconds(10))
        #expect(net.problems.isEmpty && net.stops.isEmpty)
        for node in net.nodes {
            #expect(transactions.allSatisfy { node.mempool.contains($0.id) })
            #expect(node.mempool.count == 40 && node.duplicateCount == 0)
        }
        let received = net.nodes.reduce(0) { $0 + $1.receivedCount }
        #expect(received == 40 * 7)
    }

    @Test(arguments: Seed.sweep(10))
    func `on slow lines, duplicates are no more than transactions`(seed: Seed) {
        var net = net(Array(repeating: .honest, count: 6), seed)
        net.latency = 200...900
        let transactions = submit(30, to: &net, at: Array(net.nodes.indices))
        net.run(for: .seconds(60))
        #expect(net.problems.isEmpty && net.stops.isEmpty)
        for node in net.nodes {
            #expect(transactions.allSatisfy { node.mempool.contains($0.id) })
            let limit = (TransactionPull.askedLimit - 1) * node.receivedCount
            #expect(node.duplicateCount <= limit)
        }
        #expect(net.nodes.contains { $0.duplicateCount > 0 }, "the lines are not that slow")
    }

    @Test(arguments: Seed.sweep(10))
    func `get by among those who withhold, keep silent and forge, and part from the last two`(
        seed: Seed
    ) {
        let bad: [RelayNet.Manner] = [.withholding, .silent, .forging]
        var net = net([.honest, .honest, .honest, .honest, .honest] + bad, seed)
        let transactions = submit(25, to: &net, at: Array(0..<5))
        net.run(for: .seconds(60))
        #expect(net.problems.isEmpty)
        for node in net.nodes.prefix(5) {
            #expect(transactions.allSatisfy { node.mempool.contains($0.id) })
        }
        for stop in net.stops {
            switch net.nodes[stop.of].manner {
            case .honest, .withholding: Issue.record("\(stop) for nothing")
            case .silent: #expect(stop.2 == .transactionsTimeout)
            case .forging: #expect(stop.2 == .badTransaction)
            }
        }
    }

    @Test(arguments: Seed.sweep())
    func `part and meet again with messages under way, and lose nothing by it`(seed: Seed) {
        var net = net(Array(repeating: .honest, count: 5), seed)
        let lines = (0..<5).flatMap { from in
            (1...2).map { RelayNet.Line(from: from, to: (from + $0) % 5) }
        }
        var transactions: [Transaction] = []
        for number in 0..<60 {
            let transaction = payload(number, size: 100)
            transactions.append(transaction)
            net.submit(transaction, at: net.random.below(5))
            net.use(lines[net.random.below(lines.count)], isHot: net.random.chance(1, in: 2))
            net.run(for: .milliseconds(net.random.below(150)))
        }
        for line in lines { net.use(line, isHot: true) }
        net.run(for: .seconds(30))
        #expect(net.problems.isEmpty && net.stops.isEmpty && net.isSettled)
        for node in net.nodes {
            #expect(transactions.allSatisfy { node.mempool.contains($0.id) })
            #expect(node.duplicateCount == 0)
        }
        for line in lines { net.use(line, isHot: false) }
        net.run(for: .seconds(5))
        #expect(net.isSettled && net.stops.isEmpty, "every lowering is acknowledged")
    }

    @Test func `small pools stay within their limits, and nodes stay together`() {
        var net = RelayNet([.honest, .honest, .honest], random: Random(seed: 9))
        for index in 0..<3 {
            net.nodes[index].mempool = .test { $0.transactions = 20 }
            net.use(.init(from: index, to: (index + 1) % 3), isHot: true)
        }
        _ = submit(100, to: &net, at: [0, 1, 2])
        net.run(for: .seconds(60))
        #expect(net.problems.isEmpty && net.stops.isEmpty)
        #expect(net.nodes.allSatisfy { $0.mempool.count <= 20 && $0.mempool.count > 0 })
    }
}
