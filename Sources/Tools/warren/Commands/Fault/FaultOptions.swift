import ArgumentParser
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// What every fault by hand has besides its own.
struct FaultOptions: ParsableArguments {
    static let selectorHelp = ArgumentHelp(
        "The nodes, as in expectations: relay-2, relay-1..3, producer, eu.",
        valueName: "selector"
    )
    static let sidesHelp = ArgumentHelp(
        "'eu | us', 'eu > us' one way, or one side against everybody else.",
        valueName: "sides"
    )

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "How long; else until `warren fault end`.",
            valueName: "duration"
        )
    )
    var duration: String?

    @Option(
        help: ArgumentHelp("What sentences may call it; hand-1, hand-2, … unless given.")
    )
    var name: String?

    @Flag(help: "Wait until it is healed, not only until it is in force.")
    var wait = false

    @OptionGroup var run: RunOptions
    @OptionGroup var output: OutputOptions

    /// Names of nodes and groups that are shown to who named nobody.
    private static let wordLimit = 40
    /// Edges that are printed one by one.
    private static let edgeLimit = 20

    private struct Report: Encodable {
        var schema = "warren/fault/1"
        var run: String
        var name: String
        var fault: String
        var nodes: [String]
        /// The first of the pairs of nodes whose links are touched, and how many there are.
        var edges: [[String]]
        var edgeCount: Int
        var state: String
        /// Since t = 0.
        var startedAt: String?
        var healedAt: String?
        var failure: String?
    }

    /// Asks the run's supervisor for the fault, and waits until it is in force.
    func carryOut(_ words: [Document.Entry], isOneWay: Bool = false) async throws {
        let found = try await run.find()
        let (fault, resolved) = try read(words, isOneWay: isOneWay, of: found)
        try FaultDesk.checkSupervisor(of: found)
        let desk = FaultDesk(found)
        let hand = try desk.ask(fault, name: name)
        output.text("  \(hand.name): \(fault.words)" + length(of: fault))
        let names = found.manifest.nodes.map(\.name)
        let pairs = resolved.edges?.pairs(limit: Self.edgeLimit)
        for line in lines(about: resolved, pairs?.first ?? [], pairs?.count ?? 0, names) {
            output.text(line)
        }
        let mustHeal = wait
        let state = try await interruptible {
            await desk.wait(for: hand.name) { mustHeal ? $0.isOver : $0.hasBegun }
        }
        let told = state.state
        if case .unheard = told, desk.inbox.withdraw(hand.name) {
            throw Exit.fail(
                state.isInterrupted ? Exit.interrupted : Exit.lost,
                "fault '\(hand.name)' was withdrawn: "
                    + (state.isInterrupted ? "interrupted" : "nobody took it on in time")
            )
        }
        let points = try desk.points()
        output.text("  " + told.words(points))
        try output.json(
            Report(
                run: found.directory.path,
                name: hand.name,
                fault: fault.words,
                nodes: resolved.touchedNodes.map { names[$0] },
                edges: (pairs?.first ?? []).map { [names[$0.from], names[$0.to]] },
                edgeCount: pairs?.count ?? 0,
                state: told.word,
                startedAt: told.startedAt.map(points),
                healedAt: told.healedAt.map(points),
                failure: told.failure
            )
        )
        if state.isInterrupted {
            throw Exit.fail(Exit.interrupted, "interrupted; the fault goes on")
        }
        if told.failure != nil || !told.hasBegun || (mustHeal && !told.isOver) {
            throw Exit.fail(Exit.lost, "fault '\(hand.name)': \(told.words(points))")
        }
    }

    private func length(of fault: Scenario.Fault) -> String {
        if case .restart = fault.action { return "" }
        return fault.duration.map { " for \(Quantity.spelled($0))" } ?? ", until it is ended"
    }

    private func lines(
        about fault: ResolvedFault,
        _ pairs: [(from: Int, to: Int)],
        _ count: Int,
        _ names: [String]
    ) -> [String] {
        guard let edges = fault.edges else {
            return ["  nodes  " + fault.touchedNodes.map { names[$0] }.joined(separator: ", ")]
        }
        let sign = edges.isOneWay ? " > " : " | "
        var shown = pairs.map { names[$0.from] + sign + names[$0.to] }
        if count > shown.count { shown.append("and \(count - shown.count) more") }
        return ["  \(count) edges  " + shown.joined(separator: ", ")]
    }

    /// Reads it as an item of `faults`; whom it does not find it names, with who is there.
    private func read(
        _ words: [Document.Entry],
        isOneWay: Bool,
        of run: Run
    ) throws -> (Scenario.Fault, ResolvedFault) {
        var entries: [Document.Entry] = [.init("at", .text("0s"))] + words
        if let name { entries.append(.init("name", .text(name))) }
        if let duration { entries.append(.init("for", .text(duration))) }
        do {
            var fault = try Scenario.Fault.read(.map(entries), file: "fault")
            if isOneWay, case .cut(let one, let other, let mode, _) = fault.action {
                fault.action = .cut(one, other, mode: mode, oneWay: true)
            }
            return (fault, try fault.resolved(as: name ?? "", in: run.manifest.population))
        } catch let errors as DocumentErrors {
            throw Exit.fail(errors)
        } catch let error as ExpectationError {
            let words = run.manifest.population.words
            let more = words.count > Self.wordLimit ? ", …" : ""
            throw Exit.fail(
                Exit.usage,
                "\(error): there are \(words.prefix(Self.wordLimit).joined(separator: ", "))\(more)"
            )
        }
    }
}
