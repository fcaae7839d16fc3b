import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `A selector` {
    /// Three relays in two regions, a producer called like a region, a seed.
    private let population = Population([
        DeclaredNode(name: "relay-1", group: "relay", role: .relay, region: "eu"),
        DeclaredNode(name: "relay-2", group: "relay", role: .relay, region: "us"),
        DeclaredNode(name: "relay-3", group: "relay", role: .relay, region: "eu"),
        DeclaredNode(name: "us", group: "producer", role: .blockProducer),
        DeclaredNode(name: "seed-1", group: "seed", role: .seed),
    ])

    @Test(
        arguments: [
            ("relay-2", [1]), ("relay", [0, 1, 2]), ("block-producer", [3]), ("eu", [0, 2]),
            ("*", [0, 1, 2, 3, 4]), ("relay-1..2", [0, 1]), ("relay-2, seed, relay-2", [1, 4]),
            ("relay except eu", [1]), ("region us", [1]), ("node us", [3]),
            ("* except relay, us..us", nil),
        ] as [(String, [Int]?)]
    )
    func `means these nodes`(text: String, members: [Int]?) throws {
        guard let members else {
            #expect(throws: ExpectationError.self) { try Selector(text) }
            return
        }
        #expect(try Selector(text).members(of: population) == members)
    }

    @Test(arguments: [
        ("rellay", "no node, group, role or region is called 'rellay'; did you mean 'relay'?"),
        ("xyzzy", "no node, group, role or region is called 'xyzzy'"),
        ("relay-2..4", "no node, group, role or region is called 'relay-4'; did you mean"),
        (
            "us",
            "'us' is a node and a region with different members: write 'node us' or 'region us'"
        ),
        ("relay except *", "'relay except *' selects no node"),
    ])
    func `that means nobody, or two things, is refused`(text: String, complaint: String) throws {
        let selector = try Selector(text)
        let error = #expect(throws: ExpectationError.self) { try selector.members(of: population) }
        let said = try #require(error).description
        #expect(said.hasPrefix(complaint), "\(said)")
    }

    @Test func `may range over 100,000 nodes and no more`() throws {
        #expect(try Selector("n1..100000").description == "n1..100000")
        #expect(throws: ExpectationError.self) { try Selector("n0..100000") }
    }
}
