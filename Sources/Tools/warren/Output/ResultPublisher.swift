import ArgumentParser
import Foundation
import WarrenReport

/// Hands results to those who did not watch: a file of JUnit's, and GitHub where it runs there.
struct ResultPublisher: Sendable {
    /// Where the file is to be; nil: nowhere.
    let junit: String?
    private let format: OutputOptions.Format
    private let isOnGitHub: Bool
    /// The file to which GitHub wants the summary of a step appended.
    private let summary: String?

    init(junit: String?, output: OutputOptions) {
        self.junit = junit
        format = output.format
        let environment = ProcessInfo.processInfo.environment
        isOnGitHub = environment["GITHUB_ACTIONS"] == "true"
        summary = environment["GITHUB_STEP_SUMMARY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Writes the file anew after every run, so that there is one whatever happens next.
    func write(_ results: [TestResult]) throws {
        guard let junit else { return }
        do {
            try Data(JUnitFile(results).text.utf8).write(to: URL(filePath: junit), options: .atomic)
        } catch {
            throw Exit.fail(
                Exit.usage,
                "\(junit): cannot be written: \(error.localizedDescription): expected a file in a "
                    + "directory that is there"
            )
        }
    }

    /// Says beside the lines of the file what did not hold.
    func annotate(_ result: TestResult) {
        guard isOnGitHub else { return }
        for line in GitHubAnnotations(result).lines {
            switch format {
            case .text: Terminal.printLine(line)
            case .json: Terminal.printError(line)
            }
        }
    }

    func summarise(_ results: [TestResult]) {
        guard let summary, !results.isEmpty else { return }
        let page = Data(SummaryPage(results).text.utf8)
        do {
            if !FileManager.default.fileExists(atPath: summary) {
                try Data().write(to: URL(filePath: summary))
            }
            let file = try FileHandle(forWritingTo: URL(filePath: summary))
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: page)
        } catch {
            // What was found out stands all the same.
            Terminal.printError("warren: \(summary): cannot be written: \(error)")
        }
    }

    /// The path as the repository has it, which is what annotations are put beside.
    static func shown(_ path: String) -> String {
        let workspace = ProcessInfo.processInfo.environment["GITHUB_WORKSPACE"]
        let roots = [workspace, FileManager.default.currentDirectoryPath].compactMap(\.self)
        for root in roots where !root.isEmpty && path.hasPrefix(root + "/") {
            return String(path.dropFirst(root.count + 1))
        }
        return path.hasPrefix("./") ? String(path.dropFirst(2)) : path
    }
}
