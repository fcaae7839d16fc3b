import ArgumentParser
import WarrenEngines
import WarrenPrimitives

/// How a command ends, as scripts see it.
///
/// Source: design §13.
enum Exit {
    static let broken: Int32 = 1
    static let unknown: Int32 = 2
    /// The network could not be started, or was lost.
    static let lost: Int32 = 3
    /// Wrong usage, or a bad file: EX_USAGE.
    static let usage: Int32 = 64
    static let interrupted: Int32 = 130

    /// Says what is wrong on stderr; the result is to be thrown.
    static func fail(_ code: Int32, _ message: String) -> ExitCode {
        Terminal.clearProgress()
        for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
            Terminal.printError(line.isEmpty ? "" : "warren: \(line)")
        }
        return ExitCode(code)
    }

    static func fail(_ failure: EngineFailure) -> ExitCode {
        if failure == .interrupted {
            return fail(interrupted, "interrupted; nothing is left running")
        }
        return fail(lost, "\(failure)")
    }

    static func fail(_ errors: DocumentErrors) -> ExitCode { fail(usage, "\(errors)") }
}
