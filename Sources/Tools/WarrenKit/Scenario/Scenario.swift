import WarrenNIO
import WarrenPrimitives
import WarrenScenario

/// A network as data: who is in it, who is wired to whom, what befalls it and what must hold.
///
/// It means the same network in every world: ``SimulatedNetwork``, ``SocketNetwork`` and
/// ``ProcessNetwork``. Keys, addresses and all else that is random come from its ``seed``. The file
/// format is described in `docs/scenarios.md`, the sentences in `docs/expectations.md`.
///
/// ```swift
/// let scenario = try Scenario(
///     yaml: """
///         nodes: { relay: 8 }
///         topology: ring
///         expect:
///           - eventually within 30s every relay has hot >= 2
///         """
/// )
/// ```
///
/// There are at most 100,000 nodes in it, in at most 100 groups, and 1,000 expectations.
public struct Scenario: Hashable, Sendable {
    /// As it was read, so that it can be changed as text is.
    private var document: Document
    private let file: String
    private let fallbackName: String
    private(set) var value: WarrenScenario.Scenario

    /// Reads the text of a scenario file: YAML, or JSON, which YAML includes.
    ///
    /// `name` is used where the text has none; names are up to 40 small letters, digits and
    /// hyphens, a letter first.
    ///
    /// - Throws: Everything that is wrong with it, each with its line.
    public init(yaml text: String, name: String = "network") throws(ScenarioError) {
        try self.init(Array(text.utf8), file: "scenario", name: name)
    }

    /// Reads a scenario file of at most 16 MiB.
    public init(contentsOf path: String) throws(ScenarioError) {
        let bytes: [UInt8]
        do {
            bytes = try FilePresence.read(path, limit: Document.fileByteLimit)
        } catch {
            throw ScenarioError(file: path, "cannot be read: \(error.text)")
        }
        try self.init(bytes, file: path, name: "network")
    }

    /// Relays that are all alike, `relay-1` to `relay-`*`count`*, wired by a shape.
    ///
    /// - Parameters:
    ///   - count: From 1 to 100,000.
    ///   - shape: Whom each has in its topology file from the start. With `none` nobody has
    ///     anybody, and they will not meet.
    ///   - seed: Not below 0.
    ///   - expect: Sentences, as under `expect` in a file.
    /// - Throws: Everything that is wrong with it.
    public init(
        relays count: Int,
        shape: Shape = .ring,
        seed: Int64 = 42,
        expect: [String] = []
    ) throws(ScenarioError) {
        let document = Document.map([
            .init("seed", .number(seed)),
            .init("nodes", .map([.init("relay", .map([.init("count", .number(count))]))])),
            .init("topology", .text(shape.rawValue)),
            .init("expect", .list(expect.map { .text($0) })),
        ])
        try self.init(document, file: "scenario", name: "network")
    }

    private init(_ bytes: [UInt8], file: String, name: String) throws(ScenarioError) {
        let document: Document
        do throws(DocumentErrors) {
            document = try Document(yaml: bytes, file: file)
        } catch {
            throw ScenarioError(error)
        }
        try self.init(document, file: file, name: name)
    }

    private init(_ document: Document, file: String, name: String) throws(ScenarioError) {
        self.document = document
        self.file = file
        fallbackName = name
        do throws(DocumentErrors) {
            value = try WarrenScenario.Scenario.read(document, file: file, name: name)
        } catch {
            throw ScenarioError(error)
        }
    }

    /// How static routes run among the relays.
    public enum Shape: String, Hashable, Sendable, CaseIterable {
        /// No routes: whoever meets, meets through seeds and other roots.
        case none
        case line
        case ring
        /// All around the first node.
        case star
        /// Everybody with everybody.
        case mesh
        case tree
        /// A ring with near neighbours, some of them traded for far ones.
        case smallWorld = "small-world"
        /// Everybody with equally many, drawn at random.
        case randomRegular = "random-regular"
        /// Few with many, many with few.
        case scaleFree = "scale-free"
        case grid
        /// A grid whose ends meet.
        case torus
    }

    /// Changes it as `warren --set` does: `nodes.relay.count=6` sets, `expect+=network is
    /// connected` appends.
    ///
    /// It stays as it was if the change makes no sense.
    public mutating func set(_ change: String) throws(ScenarioError) {
        var document = document
        do throws(DocumentErrors) {
            try DocumentOverride(change).apply(to: &document)
        } catch {
            throw ScenarioError(error)
        }
        self = try Scenario(document, file: file, name: fallbackName)
    }

    public var name: String { value.name }
    public var seed: Int64 { value.seed }

    /// How many nodes there are in all groups.
    public var nodeCount: Int { value.nodeCount }

    /// The sentences that must hold, in their order.
    public var expectations: [String] { value.expectations.map(\.text) }
}
