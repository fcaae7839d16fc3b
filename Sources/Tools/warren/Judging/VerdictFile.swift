import Foundation
import WarrenEngines
import WarrenGenerator
import WarrenPrimitives
import WarrenReport

extension VerdictRow {
    /// As people read it, with room for `width` letters of expectation.
    func lines(width: Int, paint: Paint) -> [String] {
        let colour: Paint.Colour =
            switch verdict {
            case "held": .green
            case "broken": .red
            case nil: .faint
            default: .yellow
            }
        let word = verdict ?? "open"
        let head = "  " + paint(colour, word.padded(to: 7)) + " "
        guard let verdict else { return [head + expectation] }
        guard verdict != "held" else {
            return [head + expectation.padded(to: width) + "  " + (sentence ?? "")]
        }
        return [head + expectation] + (sentence.map { ["          " + $0] } ?? [])
    }
}

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

    /// Letters that the longest expectation takes.
    var width: Int { Swift.min(map(\.expectation.count).max() ?? 0, 90) }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
