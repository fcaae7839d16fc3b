import ArgumentParser
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Submit transactions to the running network, at a rate.",
        discussion: """
            They are opaque, each with bytes of its own, and go to the nodes in turn: the relays, \
            or the block producers where there are none, unless a selector names others. Without \
            --for and --count it goes on until Ctrl-C.

            Exit codes: 0 all were accepted, 1 some were not, 3 no node answered, 130 interrupted.

            Examples:
              warren load --rate 10/s --for 30s
              warren load "relay-1..2, producer" --rate 200/s --size 4KiB --count 5000
            """
    )

    @Argument(help: ArgumentHelp("Whom they are given to, in turn.", valueName: "selector"))
    var selector: String?

    @Option(
        help: ArgumentHelp("How many in what time, as 10/s or 30/m.", valueName: "rate"),
        transform: Self.rate
    )
    var rate = Quantity.Rate(count: 10, per: .seconds(1))

    @Option(
        help: ArgumentHelp("Of each one's payload, as 250B or 4KiB.", valueName: "size"),
        transform: Self.size
    )
    var size = Scenario.Load.defaultSize

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long.", valueName: "duration")
    )
    var duration: String?

    @Option(help: ArgumentHelp("How many at most.", valueName: "number"))
    var count: Int?

    @Option(
        help: ArgumentHelp(
            "Decides the bytes. The same ones again are known already; drawn unless given.",
            valueName: "number"
        )
    )
    var seed: Int64?

    @OptionGroup var run: RunOptions
    @OptionGroup var output: OutputOptions

    private struct Report: Encodable {
        var schema = "warren/load/1"
        var run: String
        var seed: Int64
        var nodes: [String]
        var load: LoadRow
        var seconds: Double
        var acceptedPerSecond: Double
        var exitCode: Int32
    }

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count is \(count): expected 1 or more") }
    }

    func run() async throws {
        let time = try duration.map(Test.duration)
        let found = try await run.find()
        let nodes = try members(of: found)
        let seed = seed ?? Int64.random(in: 0...Int64.max)
        let addresses = await found.engine.adminAddresses()
        guard !addresses.isEmpty else {
            throw Exit.fail(Exit.lost, "\(found.manifest.name) is not running: `warren up` first")
        }
        let schedule = LoadSchedule(
            seed: seed,
            rate: rate,
            size: size,
            nodes: nodes,
            for: time,
            limit: count
        )
        let names = nodes.map { found.manifest.nodes[$0].name }
        output.text(
            "  \(Quantity.spelled(rate)) of \(size)B to \(Self.spoken(names)) · seed \(seed)"
        )
        let clock = ContinuousClock()
        let began = clock.now
        let (tally, isInterrupted) = try await interruptible {
            (await submit(schedule, to: found, at: addresses), Task.isCancelled)
        }
        Terminal.clearProgress()
        try report(
            Report(
                run: found.directory.path,
                seed: seed,
                nodes: names,
                load: LoadRow(tally),
                seconds: Self.seconds(clock.now - began),
                acceptedPerSecond: Self.rate(of: tally, in: clock.now - began),
                exitCode: isInterrupted ? Exit.interrupted : Self.exitCode(tally)
            ),
            tally
        )
    }

    private func submit(
        _ schedule: LoadSchedule,
        to run: Run,
        at addresses: [String: String]
    ) async -> LoadTally {
        let clients = run.manifest.nodes.map { node in
            addresses[node.name].map {
                NodeClient(address: $0, token: run.manifest.adminToken)
            }
        }
        let runner = LoadRunner(zeroSince: .zero) { node, payload in
            await clients[node]?.submit(payload: payload) ?? .unanswered
        }
        let total = schedule.total.map { " of \($0)" } ?? ""
        return await runner.run(LoadPace(schedule)) { tally in
            Terminal.progress("\(tally.sentCount)\(total) sent, \(tally.acceptedCount) accepted")
        }
    }

    private func members(of run: Run) throws -> [Int] {
        let population = run.manifest.population
        do throws(ExpectationError) {
            guard let selector else {
                let usual = population.usualLoadMembers
                guard !usual.isEmpty else { throw .empty(selector: "relay, block-producer") }
                return usual
            }
            return try Selector(selector).members(of: population)
        } catch {
            throw Exit.fail(Exit.usage, "\(error)")
        }
    }

    private func report(_ report: Report, _ tally: LoadTally) throws {
        output.text(
            "  \(LoadText([tally]).words) in \(Self.shown(report.seconds)) s: "
                + "\(Self.shown(report.acceptedPerSecond))/s accepted"
        )
        try output.json(report)
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }

    private static func exitCode(_ tally: LoadTally) -> Int32 {
        if tally.sentCount > 0, tally.count(of: .unanswered) == tally.sentCount {
            return Exit.lost
        }
        return tally.isClean ? 0 : Exit.broken
    }

    // MARK: - Words

    /// Names that are shown one by one.
    private static let nameLimit = 4

    private static func spoken(_ names: [String]) -> String {
        names.count > nameLimit
            ? "\(names.count) nodes in turn" : names.joined(separator: ", ")
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.wholeNanoseconds) / 1e9
    }

    private static func rate(of tally: LoadTally, in duration: Duration) -> Double {
        let seconds = seconds(duration)
        return seconds > 0 ? Double(tally.acceptedCount) / seconds : 0
    }

    /// With one digit behind the point.
    private static func shown(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func rate(_ text: String) throws -> Quantity.Rate {
        guard let rate = Quantity.rate(text), Scenario.Load.isAllowed(rate) else {
            throw ValidationError(
                "'\(text)' is no rate: expected one as 10/s or 30/m, at most "
                    + "\(Scenario.Load.rateLimit)/s"
            )
        }
        return rate
    }

    private static func size(_ text: String) throws -> Int {
        let sizes = Scenario.Load.sizes
        guard let size = Quantity.size(text).flatMap(Int.init(exactly:)), sizes.contains(size)
        else {
            throw ValidationError(
                "'\(text)' is no size: expected one from \(sizes.lowerBound)B to "
                    + "\(sizes.upperBound)B"
            )
        }
        return size
    }
}
