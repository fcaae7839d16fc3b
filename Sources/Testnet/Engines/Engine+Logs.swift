import Foundation
import WarrenGenerator

extension Engine {
    /// Lines that are kept of what a container wrote; Docker forgets them with the container.
    private static let lineLimit = 10_000

    /// Where the log of a node lies in the run's directory, copied there if its engine keeps it
    /// elsewhere; nil if there is none.
    package func keptLog(of name: String) async -> String? {
        switch self {
        case .process(let engine):
            let path = engine.run.node(name).log
            return FileManager.default.fileExists(atPath: path) ? path : nil
        case .compose(let engine): return await copyLog(of: name, to: engine.run.node(name).log)
        case .swarm(let engine): return await copyLog(of: name, to: engine.run.node(name).log)
        case .kubernetes, .simulator: return nil
        }
    }

    private func copyLog(of name: String, to path: String) async -> String? {
        let lines = await containerLog(ofNode: name, lines: Self.lineLimit) ?? []
        guard !lines.isEmpty else { return nil }
        let bytes = Data((lines.joined(separator: "\n") + "\n").utf8)
        guard (try? bytes.write(to: URL(filePath: path))) != nil else { return nil }
        return path
    }
}
