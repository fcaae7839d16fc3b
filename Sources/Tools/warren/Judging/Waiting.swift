import ArgumentParser
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenReport

/// Watches the supervisor's verdicts come in, until those that can be decided are.
struct Waiting {
    let run: Run
    let expectations: [Expectation]
    let output: OutputOptions

    /// Between two looks at `verdicts.json`.
    private static let interval: Duration = .milliseconds(50)
    /// When the table of nodes is printed at the latest, so that there is something to look at.
    private static let tableDelay: Duration = .seconds(3)
    /// For the supervisor to start, and to write what it decided.
    private static let grace: Duration = .seconds(5)

    /// Prints the table of nodes, then every verdict; returns all, the open ones undecided.
    func verdicts() async throws -> [VerdictRow] {
        let clock = ContinuousClock()
        let began = clock.now
        let deadline = began.advanced(by: Horizon(expectations, []).bounded + Self.grace)
        let printer = VerdictPrinter(expectations, output: output)
        var printed = [Bool](repeating: false, count: expectations.count)
        var hasTable = false
        var rows = expectations.map { VerdictRow($0, nil) }
        while !Task.isCancelled {
            if let file = VerdictFile(run.directory), file.verdicts.count == rows.count {
                rows = file.verdicts
            }
            let waits = zip(expectations, rows).contains { $0.endsByItself && $1.verdict == nil }
            if !hasTable, !waits || clock.now - began > Self.tableDelay {
                await printTable()
                hasTable = true
            }
            if hasTable {
                for (number, row) in rows.enumerated() where !printed[number] {
                    guard row.verdict != nil else { continue }
                    printed[number] = true
                    printer.print(row)
                }
            }
            guard waits, clock.now < deadline else { break }
            Terminal.progress("\(rows.count { $0.verdict != nil }) of \(rows.count) decided")
            try checkSupervisor(after: clock.now - began)
            try? await Task.sleep(for: Self.interval)
        }
        for (number, row) in rows.enumerated() where !printed[number] { printer.print(row) }
        return rows
    }

    private func printTable() async {
        guard output.format == .text else { return }
        let snapshots = await run.engine.adminAddresses().snapshots()
        let table = NodeTable(manifest: run.manifest, snapshots: snapshots)
        for line in table.lines(paint: output.paint) { output.text(line) }
        output.text("")
    }

    private func checkSupervisor(after time: Duration) throws {
        guard time > .seconds(1), run.supervisor?.isAlive != true else { return }
        let log = run.directory.supervisorLog
        let lines = LogFile.lastLines(5, of: log).map { "  " + $0 }
        throw Exit.fail(
            Exit.lost,
            (["the supervisor ended; the end of \(log):"] + lines).joined(separator: "\n")
        )
    }
}
