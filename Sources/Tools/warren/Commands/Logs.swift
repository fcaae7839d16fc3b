import ArgumentParser
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenReport
import WarrenScenario

struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what nodes logged.",
        discussion: """
            Nodes are named as in expectations: by name, group, role, region, range, or '*'.

            Examples:
              warren logs relay-1
              warren logs 'relay-1..3' seed-1 --follow -n 20
            """
    )

    @Argument(help: ArgumentHelp("Whose logs; everybody's if left out.", valueName: "node"))
    var nodes: [String] = []

    @Flag(name: .shortAndLong, help: "Go on printing what comes.")
    var follow = false

    @Option(name: [.customShort("n"), .long], help: "How many lines of each.")
    var lines = 10

    @OptionGroup var run: RunOptions

    /// Between two looks at the logs.
    private static let interval: Duration = .milliseconds(200)

    func validate() throws {
        guard (0...1_000_000).contains(lines) else {
            throw ValidationError("--lines \(lines): expected 0 to 1000000")
        }
    }

    func run() async throws {
        let run = try await run.find()
        let names = try run.names(of: nodes)
        let width = names.count > 1 ? (names.map(\.count).max() ?? 0) + 2 : 0
        func show(_ name: String, _ lines: [String]) {
            for line in lines {
                Terminal.printLine((width > 0 ? name.padded(to: width) : "") + line)
            }
        }
        var offsets: [String: UInt64] = [:]
        for name in names {
            let log = run.directory.node(name).log
            offsets[name] = LogFile.size(of: log)
            switch run.engine {
            case .process: show(name, LogFile.lastLines(lines, of: log))
            case .compose, .swarm:
                show(name, await run.engine.containerLog(ofNode: name, lines: lines) ?? [])
            case .kubernetes:
                throw Exit.fail(
                    Exit.usage,
                    "pods keep their own logs: `kubectl logs --namespace "
                        + "warren-\(run.manifest.name) \(name)`"
                )
            case .simulator:
                throw Exit.fail(
                    Exit.usage,
                    "simulated nodes write no logs: the recording has their events "
                        + "(`warren explain`, `warren expect`)"
                )
            }
        }
        guard follow else { return }
        guard case .process = run.engine else {
            throw Exit.fail(Exit.usage, "--follow works with engine process: use `docker logs -f`")
        }
        while true {
            for name in names {
                let log = run.directory.node(name).log
                show(name, LogFile.newLines(of: log, from: &offsets[name, default: 0]))
            }
            try await Task.sleep(for: Self.interval)
        }
    }
}

extension Run {
    /// The nodes that selectors mean, in the order of the scenario; all if there are none.
    func names(of selectors: [String]) throws -> [String] {
        guard !selectors.isEmpty else { return manifest.nodes.map(\.name) }
        let population = manifest.population
        var places: Set<Int> = []
        for text in selectors {
            do throws(ExpectationError) {
                places.formUnion(try Selector(text).members(of: population))
            } catch {
                throw Exit.fail(Exit.usage, "'\(text)': \(error)")
            }
        }
        return places.sorted().map { manifest.nodes[$0].name }
    }
}
