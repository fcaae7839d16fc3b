import ArgumentParser
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

struct FaultList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show every fault of the run, of its scenario and by hand, and how it stands.",
        discussion: "Example:\n  warren fault list --format json"
    )

    @OptionGroup var run: RunOptions
    @OptionGroup var output: OutputOptions

    private struct Row: Encodable {
        var name: String
        var fault: String
        /// Whether somebody asked for it while the network ran.
        var isByHand: Bool
        var state: String
        var startedAt: String?
        var healedAt: String?
        var failure: String?
    }

    private struct Report: Encodable {
        var schema = "warren/faults/1"
        var run: String
        var faults: [Row]
    }

    func run() async throws {
        let found = try await run.find()
        let desk = FaultDesk(found)
        let states = try desk.states()
        let points = try desk.points()
        var faults: [(name: String, fault: Scenario.Fault, isByHand: Bool)] = []
        if let scenario = try found.scenario() {
            for (place, fault) in scenario.faults.enumerated() {
                faults.append((scenario.faultName(at: place), fault, false))
            }
        }
        for hand in desk.inbox.accepted { faults.append((hand.name, hand.fault, true)) }
        let rows = faults.map { name, fault, isByHand in
            let state = states[name] ?? .unheard
            return Row(
                name: name,
                fault: fault.words,
                isByHand: isByHand,
                state: state.word,
                startedAt: state.startedAt.map(points),
                healedAt: state.healedAt.map(points),
                failure: state.failure
            )
        }
        let width = rows.map(\.name.count).max() ?? 0
        let length = rows.map(\.fault.count).max() ?? 0
        for row in rows {
            let state = (states[row.name] ?? .unheard).words(points)
            output.text(
                "  \(row.name.padded(to: width))  \(row.fault.padded(to: length))  \(state)"
            )
        }
        if rows.isEmpty {
            output.text("  no faults: `warren fault --help` shows how to ask for one")
        }
        try output.json(Report(run: found.directory.path, faults: rows))
    }
}

struct FaultEnd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end",
        abstract: "End a fault before its time, and wait until it is healed.",
        discussion: "Example:\n  warren fault end hand-1"
    )

    @Argument(help: ArgumentHelp("The fault, as `warren fault list` has it.", valueName: "name"))
    var name: String

    @OptionGroup var run: RunOptions
    @OptionGroup var output: OutputOptions

    private struct Report: Encodable {
        var schema = "warren/fault/1"
        var run: String
        var name: String
        var state: String
        var healedAt: String?
        var failure: String?
    }

    func run() async throws {
        let found = try await run.find()
        let desk = FaultDesk(found)
        let names = found.faultNames ?? []
        guard names.contains(name) else {
            let meant = nearest(to: name, among: names).map { ": did you mean '\($0)'?" } ?? ""
            let known =
                names.isEmpty ? "there are none" : "there are \(names.joined(separator: ", "))"
            throw Exit.fail(Exit.usage, "no fault is called '\(name)'\(meant): \(known)")
        }
        let points = try desk.points()
        switch try desk.states()[name] ?? .unheard {
        case .unheard:
            throw Exit.fail(Exit.usage, "fault '\(name)' has not begun: there is nothing to end")
        case .healed(_, let to):
            throw Exit.fail(Exit.usage, "fault '\(name)' was healed at t=\(points(to))")
        case .failed(_, let why):
            throw Exit.fail(Exit.usage, "fault '\(name)' is over, it failed: \(why)")
        case .inForce: break
        }
        try FaultDesk.checkSupervisor(of: found)
        do throws(FaultInbox.Flaw) {
            try desk.inbox.askToEnd(name)
        } catch {
            throw Exit.fail(Exit.lost, "\(error)")
        }
        let name = name
        let (state, isInterrupted) = try await interruptible {
            await desk.wait(for: name, until: \.isOver)
        }
        if isInterrupted { throw Exit.fail(Exit.interrupted, "interrupted; the fault will end") }
        output.text("  \(name): \(state.words(points))")
        try output.json(
            Report(
                run: found.directory.path,
                name: name,
                state: state.word,
                healedAt: state.healedAt.map(points),
                failure: state.failure
            )
        )
        guard case .healed = state else {
            throw Exit.fail(Exit.lost, "fault '\(name)': \(state.words(points))")
        }
    }
}
