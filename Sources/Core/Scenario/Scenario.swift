package import WarrenObservation
package import WarrenPrimitives

/// A network as data: who is in it, who is wired to whom, and what must hold.
///
/// Everything has a default and everything random derives from `seed`, so a scenario means the
/// same network on every machine and every engine. Source: design §8.
package struct Scenario: Hashable, Sendable {
    package var name: String
    package var seed: Int64
    /// In the order of the file; nodes stand in this order everywhere.
    package var groups: [Group]
    package var topology: Wiring
    package var defaults: Defaults
    package var chain: Chain
    /// How long a peer may be silent before a connection to it no longer counts (design §9).
    package var liveness: Duration
    package var expectations: [Sentence]
    /// Links between regions, as far as they are not the usual one.
    package var links: [Link] = []
    /// The link between any two nodes of which nothing else is said.
    package var usualLink = LinkQuality.perfect
    /// In the order of the file.
    package var faults: [Fault] = []
    /// In the order of the file.
    package var loads: [Load] = []

    /// Nodes that are alike.
    package struct Group: Hashable, Sendable {
        package var name: String
        package var role: Role
        package var count: Int
        /// Given to the nodes in turn; none if empty.
        package var regions: [String] = []
        /// The names of the relays that stand in front of these nodes; nil: they stand in the open.
        package var behind: String?
        /// How many of those relays each node uses.
        package var valency = defaultValency
        /// Whether the relays in front keep these nodes to themselves.
        package var isHidden = true
        /// The node's targets, as far as they are not the scenario's.
        package var targets: Targets?
        /// Who decides for these nodes, if not the scenario's manager.
        package var manager: PeerManager?
        /// Given to block producers in turn; 1 for each if empty.
        package var stakes: [Int64] = []
        package var roots = Roots()
        package var asRoot = AsRoot()
        /// Keys of `config.json` that replace what would be generated.
        package var config: [Document.Entry] = []

        package static let defaultValency = 2
        /// What `behind` says of block producers without relays in front.
        package static let open = "none"

        package init(name: String, role: Role, count: Int) {
            self.name = name
            self.role = role
            self.count = count
        }
    }

    /// The static routes: who has whom in its `topology.json`.
    package struct Wiring: Hashable, Sendable {
        package var shape = Shape.none
        /// Nodes, groups, roles or regions that take part; nil: every relay, and every block
        /// producer that stands in the open.
        package var among: [String]?
        /// How many routes of each node are to be hot; nil: as many as its target allows.
        package var valency: Int?
        /// Whether each of `among` gets the shape by itself, without routes to the others.
        package var isApart = false

        package init() {}
    }

    /// What holds for every group that says nothing else.
    package struct Defaults: Hashable, Sendable {
        package var targets: Targets
        /// How much faster than upstream the slow timers run (design §17.5).
        package var pace = 60
        /// Who decides for every node that is no seed, unless its group says otherwise.
        package var manager = PeerManager.governor
        package var config: [Document.Entry] = []

        package init(targets: Targets) { self.targets = targets }
    }

    /// The chain that the block producers make; there is none where there are no producers.
    package struct Chain: Hashable, Sendable {
        package var slotLength: Duration = .seconds(1)
        /// How many slots in a million have a leader.
        package var activeSlotMillionths: Int64 = 500_000
        /// How many blocks a node may take back: k.
        package var securityParameter = 2160
        /// In bytes.
        package var maxBodySize = 90_112

        /// In blocks.
        package static let securityParameters = 1...100_000
        /// In bytes.
        package static let bodySizes = 1024...1_048_576

        package init() {}
    }

    /// One expectation as written, and where.
    package struct Sentence: Hashable, Sendable, Codable {
        package var text: String
        /// From 1; 0 for one that came from no file.
        package var line: Int

        package init(text: String, line: Int) {
            self.text = text
            self.line = line
        }
    }

    // MARK: - Limits

    /// Letters in the names of scenarios, groups and regions: they become names of directories,
    /// hosts and containers.
    package static let nameLimit = 40
    package static let groupLimit = 100
    /// Nodes in all: the largest network the simulator is meant for (design §16).
    package static let nodeLimit = 100_000
    package static let expectationLimit = 1000
    /// Letters in one expectation.
    package static let sentenceLimit = 1000

    package var nodeCount: Int { groups.reduce(0) { $0 + $1.count } }

    /// Upstream's proportions, for a network of this size: everybody may know everybody.
    package static func defaultTargets(for nodeCount: Int, _ asked: PartialTargets) -> Targets {
        let active = asked.active
        let least = max(20, nodeCount, asked.established ?? 0, active ?? 0, asked.root ?? 0)
        let known = asked.known ?? min(least, 10_000)
        let established = asked.established ?? min(known, max(8, active ?? 0))
        return Targets(
            root: asked.root ?? min(known, 60),
            known: known,
            established: established,
            active: active ?? min(4, established)
        )
    }

    /// Targets of which a file may say only some.
    package struct PartialTargets: Hashable, Sendable {
        package var root: Int?
        package var known: Int?
        package var established: Int?
        package var active: Int?

        package init() {}
    }
}
