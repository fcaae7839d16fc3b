import Foundation
import WarrenGenerator

/// A command that is making a run's containers, given by somebody who may be gone since.
///
/// Whoever starts a network and is killed leaves the command behind, and it goes on: what is taken
/// down meanwhile, it makes again.
struct UnfinishedStart: Hashable, Sendable {
    let process: DetachedProcess
    /// The run's directory.
    let directory: String

    /// How long a command has to stop when it is asked to, and once it is killed.
    private static let patience: Duration = .seconds(5)
    /// For what the command had already asked of Docker.
    private static let settling = 500

    /// All of this machine's, whatever network they are for.
    static func all() -> [UnfinishedStart] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap { number in
            guard let line = FileManager.default.contents(atPath: "/proc/\(number)/cmdline"),
                let directory = directory(
                    in: line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                ),
                let process = DetachedProcess(processID: number)
            else { return nil }
            return UnfinishedStart(process: process, directory: directory)
        }
    }

    /// The run that a command line starts: `docker-compose … --file RUN/compose.yaml up --detach …`
    /// or `docker stack deploy --compose-file RUN/stack.yaml …`.
    static func directory(in words: [String]) -> String? {
        func follows(_ first: String, _ second: String) -> Bool {
            zip(words, words.dropFirst()).contains { $0 == first && $1 == second }
        }
        let option: String
        if follows("up", "--detach") {
            option = "--file"
        } else if follows("stack", "deploy") {
            option = "--compose-file"
        } else {
            return nil
        }
        guard let place = words.firstIndex(of: option), place + 1 < words.count else { return nil }
        let file = words[place + 1]
        let run = RunDirectory(path: URL(filePath: file).deletingLastPathComponent().path)
        return file == run.composeFile || file == run.stackFile ? run.path : nil
    }

    /// Ends those of a run.
    static func end(of run: RunDirectory) async {
        let starts = all().filter { $0.directory == run.path }.map(\.process)
        guard !starts.isEmpty else { return }
        for process in starts { process.signal(SIGTERM) }
        await ProcessEngine.ended(starts, within: patience)
        for process in starts { process.signal(SIGKILL) }
        await ProcessEngine.ended(starts, within: patience)
        await Pause.milliseconds(settling)
    }
}
