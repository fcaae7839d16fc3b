import Synchronization
import WarrenGenerator
import WarrenObservation
import WarrenReport

/// Keeps `verdicts.json` up to date while verdicts are decided.
final class VerdictBook: Sendable {
    private let run: RunDirectory
    private let expectations: [Expectation]
    private let verdicts: Mutex<[Verdict?]>

    init(run: RunDirectory, expectations: [Expectation]) {
        self.run = run
        self.expectations = expectations
        verdicts = Mutex([Verdict?](repeating: nil, count: expectations.count))
    }

    func note(_ number: Int, _ verdict: Verdict) {
        verdicts.withLock { $0[number] = verdict }
        write()
    }

    var rows: [VerdictRow] {
        zip(expectations, verdicts.withLock(\.self)).map { VerdictRow($0, $1) }
    }

    func write() {
        do {
            try VerdictFile(verdicts: rows).write(run)
        } catch {
            Terminal.printError("warren: \(run.verdicts): cannot be written: \(error)")
        }
    }
}
