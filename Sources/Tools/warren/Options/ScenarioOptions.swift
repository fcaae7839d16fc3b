import ArgumentParser
import Foundation
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenObservation
import WarrenPrimitives
import WarrenScenario
import WarrenSimulator

/// Changes to a scenario that the command line asks for.
struct ScenarioOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "Change the scenario: seed=7, nodes.relay.count=6, or expect+=SENTENCE to append.",
            valueName: "key=value"
        )
    )
    var changes: [String] = []

    @Option(help: "The seed from which everything random derives.")
    var seed: Int64?

    /// Reads a scenario file and all that it says, expectations too.
    func load(_ file: String) throws -> LoadedScenario {
        do throws(DocumentErrors) {
            return try LoadedScenario(file: file, changes: changes, seed: seed)
        } catch {
            throw Exit.fail(error)
        }
    }
}

/// Where a network is to run.
struct EngineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where nodes run: process, compose, swarm, kubernetes or simulator.",
            valueName: "engine"
        ),
        transform: Self.engine
    )
    var engine = NetworkManifest.Engine.process

    @Option(
        help: ArgumentHelp(
            "Moves the network's loopback addresses, so that two can run at once.",
            valueName: "0…84"
        )
    )
    var base = 0

    private static func engine(_ name: String) throws -> NetworkManifest.Engine {
        if let engine = NetworkManifest.Engine(rawValue: name) { return engine }
        let known = NetworkManifest.Engine.allCases.map(\.rawValue)
        let meant = nearest(to: name, among: known).map { ": did you mean '\($0)'?" } ?? ""
        throw ValidationError(
            "there is no engine '\(name)': expected \(known.joined(separator: " or "))\(meant)"
        )
    }
}

extension EngineOptions {
    /// Refuses to start what only a cluster starts.
    func demandStarts() throws {
        if engine == .kubernetes { throw Exit.fail(Exit.usage, "\(EngineFailure.isElsewhere)") }
    }
}

/// A scenario that has been read and checked, with its expectations.
struct LoadedScenario {
    let file: String
    let changes: [String]
    private(set) var scenario: Scenario
    let expectations: [Expectation]

    init(file: String, changes: [String], seed: Int64?) throws(DocumentErrors) {
        self.file = file
        self.changes = changes
        var overrides: [DocumentOverride] = []
        for change in changes { overrides.append(try DocumentOverride(change)) }
        if let seed { overrides.append(try DocumentOverride("seed=\(seed)")) }
        scenario = try Scenario.read(
            try Self.document(file),
            file: file,
            name: Self.usualName(of: file),
            overrides: overrides
        )
        expectations = try Self.expectations(of: scenario, file: file)
    }

    private static func document(_ file: String) throws(DocumentErrors) -> Document {
        let bytes: [UInt8]
        do {
            bytes = try FilePresence.read(file, limit: Document.fileByteLimit)
        } catch {
            throw DocumentErrors(
                DocumentError(file: file, line: 0, found: "cannot be read: \(error.text)")
            )
        }
        return try Document(yaml: bytes, file: file)
    }

    /// The file's own name, if it may be a network's.
    private static func usualName(of file: String) -> String {
        let name = URL(filePath: file).deletingPathExtension().lastPathComponent.lowercased()
        let isRight = name.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == 45
        }
        let startsRight = name.utf8.first.map { (97...122).contains($0) } ?? false
        return isRight && startsRight && name.utf8.count <= Scenario.nameLimit ? name : "network"
    }

    private static func expectations(
        of scenario: Scenario,
        file: String
    ) throws(DocumentErrors) -> [Expectation] {
        let manifest = try Network(scenario).manifest
        var read: [Expectation] = []
        var problems = DocumentProblems(file: file)
        for sentence in scenario.expectations {
            do throws(ExpectationError) {
                let expectation = try Expectation(sentence.text)
                _ = try Judge(
                    [expectation],
                    of: manifest.population,
                    faults: manifest.faults ?? []
                )
                read.append(expectation)
            } catch {
                problems.add(
                    line: sentence.line,
                    "expectation '\(Document.clipped(sentence.text, limit: 100))': \(error)"
                )
            }
        }
        try problems.check()
        return read
    }

    /// The network that the scenario describes.
    ///
    /// Its first slot begins at `startTime`: else in virtual time with the world, otherwise now.
    func network(_ engine: EngineOptions, startTime: Instant? = nil) throws -> Network {
        let missing = engine.engine == .simulator ? [] : scenario.needsSimulator
        guard missing.isEmpty else {
            throw Exit.fail(
                Exit.usage,
                "\(file): \(missing.joined(separator: ", ")): on engine \(engine.engine.rawValue) "
                    + "clocks are the machine's own: use --engine simulator"
            )
        }
        var options = Network.Options()
        options.engine = engine.engine
        options.base = engine.base
        options.file = file
        options.startTime =
            startTime
            ?? (engine.engine == .simulator ? Simulation.Settings.epoch : ObserverClock().now)
        do throws(DocumentErrors) {
            return try Network(scenario, options: options)
        } catch {
            throw Exit.fail(error)
        }
    }

    var horizon: Horizon { Horizon(expectations, scenario.timetable) }

    /// The command that does it again.
    func replay(engine: EngineOptions, until: Duration?) -> String {
        var words = ["warren test", Self.quoted(file), "--seed \(scenario.seed)"]
        words.append("--engine \(engine.engine.rawValue)")
        if engine.base != 0 { words.append("--base \(engine.base)") }
        if let until { words.append("--until \(Quantity.spelled(until))") }
        words += changes.map { "--set " + Self.quoted($0) }
        return words.joined(separator: " ")
    }

    /// The same scenario with another seed.
    func seeded(_ seed: Int64) -> LoadedScenario {
        var other = self
        other.scenario.seed = seed
        return other
    }

    /// The command that simulates it again.
    func replaySimulation(for duration: Duration, fidelity: Simulation.Fidelity) -> String {
        var words = ["warren simulate", Self.quoted(file), "--seed \(scenario.seed)"]
        words.append("--for \(Quantity.spelled(duration))")
        if fidelity != .messages { words.append("--fidelity \(fidelity.rawValue)") }
        words += changes.map { "--set " + Self.quoted($0) }
        return words.joined(separator: " ")
    }

    /// For a shell.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.allSatisfy { $0.isLetter || $0.isNumber || "._-/+=:".contains($0) }
        guard !isPlain || text.isEmpty else { return text }
        return "'" + text.replacing("'", with: #"'\''"#) + "'"
    }
}
