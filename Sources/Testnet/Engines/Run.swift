import Foundation
package import WarrenGenerator
package import WarrenScenario

/// A run as it lies on disk: its directory and its manifest.
package struct Run: Hashable, Sendable {
    package let directory: RunDirectory
    package let manifest: NetworkManifest

    package init(directory: RunDirectory, manifest: NetworkManifest) {
        self.directory = directory
        self.manifest = manifest
    }

    package enum Flaw: Error, Hashable, Sendable, CustomStringConvertible {
        case unreadable(path: String, String)
        case newer(path: String, schema: String)

        package var description: String {
            switch self {
            case .unreadable(let path, let why): "\(path): cannot be read: \(why)"
            case .newer(let path, let schema):
                "\(path): of schema '\(schema)': expected '\(NetworkManifest.currentSchema)': "
                    + "it was made by another version of warren"
            }
        }
    }

    /// Opens the run in the directory at `path`.
    package init(at path: String) throws(Flaw) {
        directory = RunDirectory(path: path)
        do {
            let bytes = try Data(contentsOf: URL(filePath: directory.manifest))
            manifest = try JSONDecoder().decode(NetworkManifest.self, from: bytes)
        } catch {
            throw .unreadable(path: directory.manifest, error.localizedDescription)
        }
        guard manifest.schema == NetworkManifest.currentSchema else {
            throw .newer(path: directory.manifest, schema: manifest.schema)
        }
    }

    /// Who supervises it, alive or not.
    package var supervisor: DetachedProcess? {
        DetachedProcess(markedAt: directory.supervisorMark)
    }

    /// The scenario as it was resolved.
    package var scenarioText: String? {
        try? String(contentsOfFile: directory.scenario, encoding: .utf8)
    }
}
