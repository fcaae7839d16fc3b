import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `The shape of a network` {
    /// A network whose links come and go as told, and what was true of it at every instant.
    private struct Links {
        let count: Int
        var facts: [Fact] = []
        var isUp: [Bool]
        var edges: Set<[Int]> = []
        var diameters: [Int] = []
        var cuts: [Int] = []
        private var time: Int64 = 0
        private var sequences: [UInt64]

        init(count: Int) {
            self.count = count
            isUp = Array(repeating: true, count: count)
            sequences = Array(repeating: 0, count: count)
            for number in 0..<count { facts.append(Fact(at: .at(0), .node(number, .healthy))) }
        }

        var population: Population {
            Population(
                (0..<count).map {
                    DeclaredNode(name: "n-\($0)", group: "n", role: .relay, id: nodeID(UInt8($0)))
                }
            )
        }

        mutating func toggle(_ a: Int, _ b: Int) {
            let edge = [min(a, b), max(a, b)]
            let isNew = edges.remove(edge) == nil
            if isNew { edges.insert(edge) }
            time += 1
            for (one, other) in [(a, b), (b, a)] {
                let peer = History.reference(other)
                let connection = ConnectionID.dialed(UInt64(edge[0] * 100 + edge[1]))
                sequences[one] += 1
                let note: Note =
                    isNew
                    ? .connected(peer, connection, .duplex)
                    : .disconnected(peer, connection, .closedByPeer)
                let event = Event(
                    incarnation: 1,
                    sequence: sequences[one],
                    at: .at(time),
                    note: note
                )
                facts.append(Fact(at: .at(time), .node(one, .event(event))))
            }
        }

        mutating func measure() {
            diameters.append(diameter)
            cuts.append(cut)
        }

        private func isLinked(_ a: Int, _ b: Int) -> Bool {
            edges.contains([min(a, b), max(a, b)])
        }

        /// By Floyd and Warshall.
        private var diameter: Int {
            let far = 1000
            var steps = (0..<count).map { a in
                (0..<count).map { b in a == b ? 0 : isLinked(a, b) ? 1 : far }
            }
            for middle in 0..<count {
                for a in 0..<count {
                    for b in 0..<count {
                        steps[a][b] = min(steps[a][b], steps[a][middle] + steps[middle][b])
                    }
                }
            }
            let longest = steps.joined().max() ?? far
            return longest >= far ? .max : longest
        }

        /// By trying all ways to divide it.
        private var cut: Int {
            var least = Int.max
            for side in 1..<(1 << (count - 1)) {
                let isInside = { (vertex: Int) in vertex > 0 && side >> (vertex - 1) & 1 == 1 }
                least = min(least, edges.count { isInside($0[0]) != isInside($0[1]) })
            }
            return least
        }

        func judge(_ sentences: [String]) throws -> [Verdict?] {
            var judge = try Judge(sentences.map { try Expectation($0) }, of: population)
            for fact in facts { judge.take(fact) }
            judge.finish(at: .at(time))
            return judge.verdicts
        }
    }

    @Test(arguments: Seed.sweep())
    func `is what trying all ways says, at every step`(seed: Seed) throws {
        var random = seed.random
        var links = Links(count: 6)
        links.measure()
        let density = 1 + random.below(3)
        for _ in 0..<30 {
            let a = random.below(6)
            let b = (a + 1 + random.below(5)) % 6
            guard links.edges.count < 5 * density || links.edges.contains([min(a, b), max(a, b)])
            else { continue }
            links.toggle(a, b)
            links.measure()
        }
        var sentences: [String] = []
        var expected: [Bool] = []
        for comparison in Expectation.Comparison.allCases {
            for bound in 0..<6 {
                for (word, values) in [("diameter", links.diameters), ("min-cut", links.cuts)] {
                    let claim = "network has \(word) \(comparison.rawValue) \(bound)"
                    sentences += ["sometimes " + claim, "always " + claim, "finally " + claim]
                    let held = values.map { comparison.holds($0, bound) }
                    expected += [held.contains(true), !held.contains(false), held.last ?? false]
                }
            }
        }
        let verdicts = try links.judge(sentences)
        for ((sentence, verdict), isHeld) in zip(zip(sentences, verdicts), expected) {
            #expect(verdict?.word == (isHeld ? "held" : "broken"), "\(sentence)")
        }
    }

    @Test func `is told with those that are far, and those that are cut off`() throws {
        var links = Links(count: 5)
        for number in 0..<4 { links.toggle(number, number + 1) }
        links.toggle(0, 2)
        let sentences = ["finally network has diameter < 3", "finally network has min-cut >= 2"]
        let said = try links.judge(sentences).map { $0?.sentence ?? "" }
        #expect(said[0].hasPrefix("the network had diameter 3, from n-0 to n-4 at"))
        #expect(
            said[1].hasPrefix("the network had min-cut 1, around n-4 at")
                || said[1].hasPrefix("the network had min-cut 1, around n-3, n-4 at")
        )
        links.toggle(3, 4)
        let parted = try links.judge(sentences).map { $0?.sentence ?? "" }
        #expect(parted.allSatisfy { $0.hasPrefix("the network was in 2 parts (n-0, n-1, ") })
    }

    @Test func `is not known while somebody's events are missing`() throws {
        var links = Links(count: 3)
        for number in 0..<3 { links.toggle(number, (number + 1) % 3) }
        links.facts.append(Fact(at: .at(9), .node(0, .gap)))
        let verdicts = try links.judge(
            ["finally network has diameter = 1", "finally network has min-cut = 0"]
        )
        #expect(verdicts.map { $0?.word } == ["unknown", "unknown"])
    }

    @Test func `is measured exactly on hundreds of nodes`() throws {
        var links = Links(count: 200)
        for number in 0..<200 { links.toggle(number, (number + 1) % 200) }
        let ring = ["finally network has diameter = 100", "finally network has min-cut = 2"]
        #expect(try links.judge(ring).map { $0?.word } == ["held", "held"])
        for number in 0..<200 { links.toggle(number, (number + 2) % 200) }
        let wide = ["finally network has diameter = 50", "finally network has min-cut = 4"]
        #expect(try links.judge(wide).map { $0?.word } == ["held", "held"])
    }
}
