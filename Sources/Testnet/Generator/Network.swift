package import WarrenNode
import WarrenObservation
package import WarrenPeering
package import WarrenPrimitives
package import WarrenScenario

/// A network made from a scenario, as files that somebody else writes and as values that the
/// simulator takes.
package struct Network: Sendable {
    package var manifest: NetworkManifest
    package var nodes: [Node]
    package var genesis: Genesis
    /// In the order to write them.
    package var files: [File]
    /// Directories to make besides those of the files.
    package var directories: [String]

    package struct Node: Sendable {
        package var member: Roll.Member
        package var key: NodeKey
        package var configuration: NodeConfiguration
        package var topology: Topology

        /// Who signs its blocks, if it makes any.
        package var signer: NodeKey? { member.role == .blockProducer ? key : nil }
    }

    /// A file to write, by its path from the directory of the run.
    package struct File: Hashable, Sendable {
        package var path: String
        package var text: String
        /// Keys are for their owner alone.
        package var isSecret = false

        /// Permission bits: 0600 for secrets.
        package var mode: UInt16 { isSecret ? 0o600 : 0o644 }
    }

    /// What the scenario does not say.
    package struct Options: Hashable, Sendable {
        package var engine = NetworkManifest.Engine.process
        /// Moves the network's 127.x addresses away from those of another: three networks of /16
        /// for each step.
        package var base = 0
        /// When slot 0 begins; at `epoch` there is no chain.
        package var startTime = Instant.epoch
        /// What containers run.
        package var image = "warren:local"
        /// Named in errors: the scenario's file.
        package var file = "scenario"

        package static let bases = 0...84

        package init() {}
    }
}
