import ArgumentParser
import Synchronization
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

    /// Lost is worse than broken, and broken worse than unknown.
    static func worse(_ a: Int32, _ b: Int32) -> Int32 {
        let order = [0, unknown, broken, lost]
        return (order.firstIndex(of: a) ?? 0) >= (order.firstIndex(of: b) ?? 0) ? a : b
    }

    /// What was said last to be wrong, for reports about it.
    static let lastWords = Mutex("")

    /// Says what is wrong on stderr; the result is to be thrown.
    static func fail(_ code: Int32, _ message: String) -> ExitCode {
        Terminal.clearProgress()
        lastWords.withLock { $0 = message }
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
