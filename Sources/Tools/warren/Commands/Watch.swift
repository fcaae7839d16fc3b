import ArgumentParser
import Foundation
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch a running network live.",
        discussion: """
            On a terminal the picture renews itself until Ctrl-C. Into a pipe every change is one \
            line as it happens, with --format json one object.

            Examples:
              warren watch
              warren watch starter | grep hot
            """
    )

    @Argument(help: ArgumentHelp("The network's name, or a run's directory.", valueName: "run"))
    var name: String?

    @Option(
        help: ArgumentHelp("Between two looks.", valueName: "duration"),
        transform: Test.duration
    )
    var every: Duration = .milliseconds(500)

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long to watch; else until Ctrl-C.", valueName: "duration"),
        transform: Test.duration
    )
    var limit: Duration?

    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    /// Looks more frequent than these would be what the network is busy with.
    private static let shortestInterval: Duration = .milliseconds(50)
    /// How long nobody may answer before there is nothing to watch any more.
    private static let silenceLimit: Duration = .seconds(5)

    func validate() throws {
        guard every >= Self.shortestInterval else {
            throw ValidationError("'--every' is too short: expected 50ms or more")
        }
    }

    func run() async throws {
        let run = try await shelf.run(name)
        let isScreen = output.format == .text && Terminal.isScreen
        let isLost = try await interruptible {
            if isScreen { Terminal.openScreen() }
            defer { if isScreen { Terminal.closeScreen() } }
            return try await watch(run, isScreen: isScreen)
        }
        guard isLost else { return }
        throw Exit.fail(Exit.lost, "\(run.manifest.name): no node answers: `warren up` starts it")
    }

    /// Looks until the time is over, or told to end; says whether everybody fell silent.
    private func watch(_ run: Run, isScreen: Bool) async throws -> Bool {
        let clock = ObserverClock()
        let began = clock.now
        var heardAt = began
        var watch = NetworkWatch(run.manifest)
        let width = run.manifest.nodes.map(\.name.count).max() ?? 0
        while !Task.isCancelled {
            let snapshots = await run.engine.adminAddresses().snapshots()
            guard !Task.isCancelled else { break }
            let now = clock.now
            if !snapshots.isEmpty { heardAt = now }
            guard heardAt.advanced(by: Self.silenceLimit) > now else { return true }
            let news = watch.take(snapshots, at: now)
            if isScreen {
                show(watch, of: run, at: now)
            } else {
                for change in news { try tell(change, width: width) }
            }
            if let limit, began.advanced(by: limit) <= now { break }
            try? await Task.sleep(for: every)
        }
        return false
    }

    private func show(_ watch: NetworkWatch, of run: Run, at now: Instant) {
        let size = Terminal.size
        Terminal.draw(
            watch.lines(
                head: Header.line(of: run.manifest),
                verdicts: VerdictFile(run.directory)?.verdicts ?? [],
                at: now,
                rows: size.rows,
                columns: size.columns,
                paint: output.paint
            )
        )
    }

    private func tell(_ change: Change, width: Int) throws {
        switch output.format {
        case .text:
            let date = Date(timeIntervalSince1970: Double(change.at.nanoseconds) / 1e9)
            let time = date.formatted(.iso8601.time(includingFractionalSeconds: true))
            Terminal.printLine("\(time)  \(change.text(width: width))")
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            Terminal.printLine(String(decoding: try encoder.encode(change), as: UTF8.self))
        }
    }
}
