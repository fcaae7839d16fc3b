/// Where everything of one run lies: `testnets/out/<name>/<UTC time>/`.
///
/// Paths only: nothing here reads or writes. Source: design §8.
package struct RunDirectory: Hashable, Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// When the run began, as its directory is called.
    package var time: Substring { path.split(separator: "/").last ?? "" }

    /// The directory of a run of network `name` that began at `time` (as `2026-11-21T10-14-03Z`).
    package init(under root: String, name: String, time: String) {
        path = "\(root)/\(name)/\(time)"
    }

    /// Where runs stand unless told otherwise.
    package static let defaultRoot = "testnets/out"

    /// The scenario as it was resolved, with its seed.
    package var scenario: String { "\(path)/scenario.yaml" }
    package var manifest: String { "\(path)/network.json" }
    /// What the whole network agrees on.
    package var genesis: String { "\(path)/genesis.json" }
    package var recording: String { "\(path)/warren.sqlite" }
    package var verdicts: String { "\(path)/verdicts.json" }
    package var composeFile: String { "\(path)/compose.yaml" }
    /// Faults that were asked for by hand.
    package var faults: String { "\(path)/faults" }
    package var stackFile: String { "\(path)/stack.yaml" }
    /// The stack as Swarm was last told.
    package var deployedStackFile: String { "\(path)/stack.deployed.yaml" }
    /// Who supervises: a process mark, locked while it lives (design §17.11).
    package var supervisorMark: String { "\(path)/supervisor.json" }
    package var supervisorLog: String { "\(path)/supervisor.log" }

    package func node(_ name: String) -> NodeDirectory {
        NodeDirectory(path: "\(path)/nodes/\(name)")
    }

    /// The link that names the newest run of network `name`.
    package static func latest(under root: String, name: String) -> String {
        "\(root)/\(name)/latest"
    }

    /// One node's part of a run.
    package struct NodeDirectory: Hashable, Sendable {
        package let path: String

        package var config: String { "\(path)/config.json" }
        package var topology: String { "\(path)/topology.json" }
        package var key: String { "\(path)/node_key.json" }
        package var data: String { "\(path)/data" }
        package var log: String { "\(path)/log.txt" }
        /// The process that runs it: a process mark.
        package var mark: String { "\(path)/process.json" }
    }
}
