import ArgumentParser
import Foundation
import WarrenEngines
import WarrenGenerator
import WarrenScenario

/// Where runs are kept.
struct ShelfOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where runs are kept.", valueName: "directory"))
    var out = "testnets/out"

    var shelf: RunShelf { RunShelf(root: out) }

    /// The run that is meant: by its path, by its network's name, else the one that there is.
    ///
    /// What runs goes before what has ended.
    func run(_ name: String?) async throws -> Run {
        let shelf = shelf
        if let name {
            if name.contains("/") || FileManager.default.fileExists(atPath: "\(name)/network.json")
            {
                return try open(name)
            }
            if let run = await shelf.running(name) { return run }
            if let found = await LabelledNetwork.named(name) { return found.run(under: shelf.root) }
            if let run = shelf.latest(of: name) { return run }
            let known = shelf.names.joined(separator: ", ")
            throw Exit.fail(
                Exit.usage,
                "there is no run of '\(name)' under \(out): expected "
                    + (known.isEmpty ? "`warren up FILE` first" : "one of \(known)")
            )
        }
        let running = await shelf.running()
        if let only = running.first {
            guard running.count == 1 else { throw Self.ambiguous(running) }
            return only
        }
        let latest = shelf.names.compactMap(shelf.latest)
        guard let newest = latest.max(by: { $0.directory.time < $1.directory.time }) else {
            throw Exit.fail(Exit.usage, "there is no run under \(out): `warren up FILE` makes one")
        }
        return newest
    }

    private func open(_ path: String) throws -> Run {
        do throws(Run.Flaw) {
            return try Run(at: URL(filePath: path).standardizedFileURL.path(percentEncoded: false))
        } catch {
            throw Exit.fail(Exit.usage, "\(error)")
        }
    }

    static func ambiguous(_ runs: [Run]) -> ExitCode {
        let names = runs.map(\.manifest.name).joined(separator: ", ")
        return Exit.fail(Exit.usage, "more than one network runs: expected one of \(names)")
    }
}

/// Which run, for verbs that look at one.
struct RunOptions: ParsableArguments {
    @OptionGroup var shelf: ShelfOptions

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp(
            "The run: its network's name or its directory; else the one that runs.",
            valueName: "name|path"
        )
    )
    var name: String?

    func find() async throws -> Run { try await shelf.run(name) }
}

/// The programs of the kit.
enum Programs {
    /// This one.
    static var warren: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments.first ?? "warren"
    }

    /// The node's, beside this one, unless WARREN_NODE names another.
    static var node: String {
        if let named = ProcessInfo.processInfo.environment["WARREN_NODE"], !named.isEmpty {
            return named
        }
        return URL(filePath: warren).deletingLastPathComponent().appending(path: "warren-node")
            .path(percentEncoded: false)
    }
}

extension Run {
    var engine: Engine { Engine(self, nodeProgram: Programs.node) }
}
