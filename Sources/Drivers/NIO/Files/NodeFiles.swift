import Foundation
package import WarrenNode
import WarrenObservation
package import WarrenPeering
package import WarrenPrimitives

/// The files that make a node, read and checked against each other.
///
/// Source: design §6.
package struct NodeFiles: Sendable {
    package var configuration: NodeConfiguration
    package var topology: Topology
    package var genesis: Genesis?
    /// What the topology's snapshot file says, where ledger peers are on.
    package var snapshot: LedgerSnapshot?
    package var key: NodeKey
    package var paths: Paths
    /// What is strange but not wrong, as sentences.
    package var warnings: [String]

    /// Where the files are.
    ///
    /// What is not named lies beside `config.json`; of that, only the topology and the genesis may
    /// be missing.
    package struct Paths: Hashable, Sendable {
        package var config: String
        package var topology: String?
        package var nodeKey: String?
        package var genesis: String?
        package var data: String?

        package init(
            config: String,
            topology: String? = nil,
            nodeKey: String? = nil,
            genesis: String? = nil,
            data: String? = nil
        ) {
            self.config = config
            self.topology = topology
            self.nodeKey = nodeKey
            self.genesis = genesis
            self.data = data
        }

        package var topologyPath: String { topology ?? beside("topology.json") }
        package var nodeKeyPath: String { nodeKey ?? beside("node_key.json") }
        package var genesisPath: String { genesis ?? beside("genesis.json") }
        /// Where a snapshot file lies that the topology names.
        package func snapshotPath(_ name: String) -> String {
            guard !name.hasPrefix("/"), let slash = topologyPath.lastIndex(of: "/") else {
                return name
            }
            return String(topologyPath[...slash]) + name
        }

        package var dataPath: String { data ?? beside("data") }

        private func beside(_ name: String) -> String {
            guard let slash = config.lastIndex(of: "/") else { return name }
            return String(config[...slash]) + name
        }
    }

    /// Why a node cannot be made of its files.
    package enum Flaw: Error, Sendable, CustomStringConvertible {
        case unreadable(path: String, String)
        case document(DocumentErrors)
        case key(KeyFile.Flaw)
        case mismatch(String)

        package var description: String {
            switch self {
            case .unreadable(let path, let what): "\(path): cannot be read: \(what)"
            case .document(let errors): errors.description
            case .key(let flaw): flaw.description
            case .mismatch(let what): what
            }
        }
    }

    /// Reads all of them; the key is made where there is none.
    package init(_ paths: Paths, lenient: Bool) throws(Flaw) {
        self.paths = paths
        let config = try Self.document(paths.config)
        do {
            let file = try NodeConfiguration.read(config, file: paths.config, lenient: lenient)
            configuration = file.configuration
            warnings = file.warnings.map(\.description)
        } catch {
            throw .document(error)
        }
        topology = Topology()
        if paths.topology != nil || FilePresence.isFile(paths.topologyPath) {
            let file = try Self.topology(paths)
            topology = file.topology
            warnings += file.warnings.map(\.description)
        } else {
            warnings.append("there is no \(paths.topologyPath): the node knows no peer from it")
        }
        if paths.genesis != nil || FilePresence.isFile(paths.genesisPath) {
            genesis = try Self.genesis(at: paths.genesisPath)
        }
        do {
            if let file = try Self.snapshot(of: topology, paths) {
                snapshot = file.snapshot
                warnings += file.warnings.map(\.description)
            }
        } catch {
            // Only Genesis depends on it (O§9.3).
            if configuration.consensusMode == .genesis { throw error }
            warnings.append("the snapshot of ledger peers is not used: \(error)")
        }
        if configuration.consensusMode == .genesis, topology.bootstrapPeers != nil {
            warnings.append("bootstrap peers are not used: 'ConsensusMode' is GenesisMode")
        }
        do {
            key = try KeyFile.loadOrCreate(paths.nodeKeyPath)
        } catch {
            throw .key(error)
        }
        try check()
    }

    /// The topology file as it now is.
    package static func topology(_ paths: Paths) throws(Flaw) -> Topology.File {
        let document = try document(paths.topologyPath)
        do {
            return try Topology.read(document, file: paths.topologyPath)
        } catch {
            throw .document(error)
        }
    }

    /// The snapshot file that a topology names; nil where it names none or uses no ledger peers.
    package static func snapshot(
        of topology: Topology,
        _ paths: Paths
    ) throws(Flaw) -> LedgerSnapshot.File? {
        guard let name = topology.peerSnapshotFile, let after = topology.useLedgerAfterSlot,
            after >= 0
        else { return nil }
        let path = paths.snapshotPath(name)
        let document = try document(path)
        do {
            return try LedgerSnapshot.read(document, file: path, useAfterSlot: after)
        } catch {
            throw .document(error)
        }
    }

    package static func genesis(at path: String) throws(Flaw) -> Genesis {
        let document = try document(path)
        do {
            return try Genesis.read(document, file: path)
        } catch {
            throw .document(error)
        }
    }

    private static func document(_ path: String) throws(Flaw) -> Document {
        let bytes: [UInt8]
        do {
            bytes = try FilePresence.read(path, limit: Document.fileByteLimit)
        } catch {
            throw .unreadable(path: path, error.text)
        }
        do {
            return try Document(yaml: bytes, file: path)
        } catch {
            throw .document(error)
        }
    }

    private func check() throws(Flaw) {
        if let genesis, genesis.network != configuration.network {
            throw .mismatch(
                "\(paths.genesisPath) is of network '\(genesis.network)', \(paths.config) of "
                    + "'\(configuration.network)': expected the same NetworkID in both"
            )
        }
        let points =
            topology.localRoots.flatMap(\.accessPoints)
            + topology.publicRoots.flatMap(\.accessPoints) + (topology.bootstrapPeers ?? [])
        let own = configuration.listenAddress
        for point in points where point.host == .ip(own.ip) && point.port == own.port {
            guard let id = point.id, id != key.id else { continue }
            throw .mismatch(
                "\(paths.topologyPath) says that \(own), where this node listens, is \(id), but "
                    + "the key in \(paths.nodeKeyPath) is that of \(key.id): expected one of them "
                    + "to be the other's; neither file was changed"
            )
        }
    }
}
