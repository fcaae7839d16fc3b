import Foundation
import WarrenGenerator
import WarrenReport

/// `verdicts.json`: every expectation of a run, decided or not.
struct VerdictFile: Hashable, Codable {
    var schema = "warren/verdicts/1"
    var verdicts: [VerdictRow]

    init(verdicts: [VerdictRow]) { self.verdicts = verdicts }

    init?(_ run: RunDirectory) {
        guard let bytes = FileManager.default.contents(atPath: run.verdicts),
            let file = try? JSONDecoder().decode(Self.self, from: bytes)
        else { return nil }
        self = file
    }

    func write(_ run: RunDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(filePath: run.verdicts), options: .atomic)
    }
}

extension [VerdictRow] {
    /// The exit code that these verdicts mean; undecided ones stand open and do not count.
    ///
    /// Source: design §13.
    var exitCode: Int32 {
        if contains(where: { $0.verdict == "broken" }) { return Exit.broken }
        return contains { $0.verdict == "unknown" } ? Exit.unknown : 0
    }
}
