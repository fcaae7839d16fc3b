import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct ShapeTests {
    /// The roll of so many relays in a shape.
    private func roll(_ shape: Document, count: Int, seed: UInt64 = 42) throws -> Roll {
        let scenario = try Scenario.read(
            ["seed": .number(seed), "nodes": ["relay": .number(count)], "topology": shape],
            file: "x.yaml"
        )
        return Roll(scenario)
    }

    private func degrees(_ roll: Roll) -> [Int] { roll.neighbours.map(\.count) }

    private func isConnected(_ roll: Roll) -> Bool {
        var reached: Set<Int> = [0]
        var frontier = [0]
        while let place = frontier.popLast() {
            for next in roll.neighbours[place] where reached.insert(next).inserted {
                frontier.append(next)
            }
        }
        return reached.count == roll.members.count
    }

    @Test func `a line, a ring, a star and a mesh have the degrees of their names`() throws {
        #expect(try degrees(roll("line", count: 5)) == [1, 2, 2, 2, 1])
        #expect(try degrees(roll("ring", count: 5)) == [2, 2, 2, 2, 2])
        #expect(try degrees(roll("star", count: 5)) == [4, 1, 1, 1, 1])
        #expect(try degrees(roll("mesh", count: 5)) == [4, 4, 4, 4, 4])
        #expect(try degrees(roll("none", count: 5)) == [0, 0, 0, 0, 0])
    }

    @Test func `a tree has a parent for everyone but the first`() throws {
        let roll = try roll(["shape": "tree", "degree": 3], count: 13)
        let leaves = [Int](repeating: 1, count: 9)
        #expect(degrees(roll) == [3, 4, 4, 4] + leaves)
        #expect(isConnected(roll))
    }

    @Test func `a grid has rows and columns, and a torus joins their ends`() throws {
        let grid = try roll(["shape": "grid", "width": 3], count: 9)
        #expect(degrees(grid) == [2, 3, 2, 3, 4, 3, 2, 3, 2])
        let torus = try roll(["shape": "torus", "width": 3], count: 9)
        #expect(degrees(torus) == [Int](repeating: 4, count: 9))
        #expect(torus.neighbours[0] == [1, 2, 3, 6])
    }

    @Test func `edges go both ways unless they have an arrow`() throws {
        let roll = try roll(
            ["edges": [["relay-1", "relay-2"], "relay-2 - relay-3", "relay-3 -> relay-1"]],
            count: 3
        )
        #expect(roll.neighbours == [[1], [0, 2], [0, 1]])
    }

    @Test(arguments: Seed.sweep())
    func `every shape is connected at any size, and goes both ways`(seed: Seed) throws {
        var random = seed.random
        let shapes: [Document] = [
            "line", "ring", "star", "mesh", "tree", "small-world", "random-regular", "scale-free",
            "grid", "torus",
        ]
        for shape in shapes {
            let count = 1 + random.below(40)
            // A random regular shape needs an even number of ends; its usual degree is even.
            let roll = try roll(shape, count: count, seed: random.next() >> 1)
            #expect(isConnected(roll), "\(shape.spoken) of \(count)")
            for (place, neighbours) in roll.neighbours.enumerated() {
                #expect(neighbours == Array(Set(neighbours)).sorted())
                #expect(!neighbours.contains(place))
                #expect(neighbours.allSatisfy { roll.neighbours[$0].contains(place) })
            }
        }
    }

    @Test(arguments: Seed.sweep())
    func `a random regular shape gives everyone the degree that was asked`(seed: Seed) throws {
        for (count, degree) in [(10, 3), (11, 4), (40, 5), (8, 7), (100, 2)] {
            let roll = try roll(
                ["shape": "random-regular", "degree": .number(degree)],
                count: count,
                seed: seed.value
            )
            #expect(Set(degrees(roll)) == [degree])
            #expect(isConnected(roll))
        }
    }

    @Test(arguments: Seed.sweep())
    func `a small world has the mean degree that was asked, and some far routes`(
        seed: Seed
    ) throws {
        for degree in [2, 3, 4, 6] {
            let roll = try roll(
                ["shape": "small-world", "degree": .number(degree)],
                count: 60,
                seed: seed.value
            )
            #expect(degrees(roll).reduce(0, +) == 60 * degree)
            let isFar = roll.neighbours.enumerated().contains { place, neighbours in
                neighbours.contains { min(abs($0 - place), 60 - abs($0 - place)) > degree }
            }
            #expect(isFar || degree == 2)
        }
    }

    @Test func `a scale-free shape has few with many`() throws {
        let roll = try roll(["shape": "scale-free", "degree": 4], count: 200)
        let sorted = degrees(roll).sorted()
        #expect(sorted.first == 2)
        // Three nodes all joined, then two routes for each newcomer; every route has two ends.
        let routes = 3 + 197 * 2
        #expect(sorted.reduce(0, +) == 2 * routes)
        #expect(sorted[199] > 5 * sorted[100])
    }

    @Test func `another seed gives another network, and the same seed the same`() throws {
        let shape: Document = ["shape": "random-regular", "degree": 4]
        let first = try roll(shape, count: 40, seed: 1)
        #expect(try roll(shape, count: 40, seed: 1) == first)
        #expect(try roll(shape, count: 40, seed: 2) != first)
    }

    @Test func `a degree that is left out gives way to a small network`() throws {
        for shape in ["small-world", "random-regular", "scale-free"] as [Document] {
            #expect(try isConnected(roll(shape, count: 2)))
            #expect(try degrees(roll(shape, count: 1)) == [0])
        }
    }
}

struct RollTests {
    private func roll(_ document: Document) throws -> Roll {
        Roll(try Scenario.read(document, file: "x.yaml"))
    }

    @Test func `nodes are numbered within their group and take regions in turn`() throws {
        let roll = try roll([
            "nodes": ["seed": 1, "relay": ["count": 3, "region": ["eu", "us"]]]
        ])
        #expect(roll.members.map(\.name) == ["seed-1", "relay-1", "relay-2", "relay-3"])
        #expect(roll.members.map(\.region) == [nil, "eu", "us", "eu"])
        #expect(roll.members.map(\.role) == [.seed, .relay, .relay, .relay])
    }

    @Test(arguments: Seed.sweep())
    func `producers are dealt evenly over the relays, each to as many as it asks`(
        seed: Seed
    ) throws {
        let roll = try roll([
            "seed": .number(seed.value),
            "nodes": ["relay": 4, "producer": ["count": 6, "valency": 3]],
        ])
        for place in 4..<10 {
            #expect(roll.relays[place].count == 3)
            #expect(Set(roll.relays[place]).count == 3)
            #expect(roll.relays[place].allSatisfy { $0 < 4 && roll.protected[$0].contains(place) })
            #expect(roll.neighbours[place].isEmpty)
        }
        let loads = roll.protected[..<4].map(\.count).sorted()
        #expect(loads == [4, 4, 5, 5])
    }

    @Test func `the shape joins relays, and producers in the open, and no seeds`() throws {
        let open = try roll([
            "nodes": ["seed": 1, "relay": 2, "producer": ["behind": "none"]], "topology": "mesh",
        ])
        #expect(open.neighbours == [[], [2, 3], [1, 3], [1, 2]])
        let hidden = try roll([
            "nodes": ["seed": 1, "relay": 2, "producer": 1], "topology": "mesh",
        ])
        #expect(hidden.neighbours == [[], [2], [1], []])
        #expect(hidden.relays[3] == [1, 2])
    }

    @Test func `among picks nodes, groups, roles, regions and ranges`() throws {
        func joined(_ among: Document) throws -> [String] {
            let roll = try roll([
                "nodes": [
                    "core": ["count": 4, "region": ["eu", "us"]],
                    "edge": ["count": 2, "region": "asia"],
                    "producer": ["behind": "none", "count": 1],
                ],
                "topology": ["shape": "mesh", "among": among],
            ])
            return roll.members.indices.filter { !roll.neighbours[$0].isEmpty }
                .map { roll.members[$0].name }
        }
        #expect(try joined("core-1, edge-2") == ["core-1", "edge-2"])
        #expect(try joined("edge") == ["edge-1", "edge-2"])
        #expect(try joined(["eu", "asia"]) == ["core-1", "core-3", "edge-1", "edge-2"])
        #expect(try joined("core-2..4") == ["core-2", "core-3", "core-4"])
        #expect(try joined("*").count == 7)
        #expect(try joined("relay").count == 6)
    }
}
