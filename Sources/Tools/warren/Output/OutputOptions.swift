import ArgumentParser
import Foundation
import WarrenReport

/// How results are printed; the same for every verb.
struct OutputOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(help: "How results are printed.")
    var format = Format.text

    @Flag(help: "No colours, even on a terminal; NO_COLOR does the same.")
    var noColor = false

    var paint: Paint {
        let environment = ProcessInfo.processInfo.environment
        let isWanted = !noColor && (environment["NO_COLOR"] ?? "").isEmpty && format == .text
        return Paint(isOn: isWanted && isatty(STDOUT_FILENO) == 1)
    }

    /// Prints lines of text, unless the caller wants JSON.
    func text(_ lines: String...) {
        guard format == .text else { return }
        for line in lines { Terminal.printLine(line) }
    }

    /// Prints a value as JSON, if that is what the caller wants.
    func json(_ value: some Encodable) throws {
        guard format == .json else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Terminal.printLine(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
