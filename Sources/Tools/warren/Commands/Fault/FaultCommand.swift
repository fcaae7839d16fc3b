import ArgumentParser
import WarrenPrimitives
import WarrenScenario

struct FaultCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault",
        abstract: "Disturb the running network by hand.",
        discussion: """
            The network's supervisor carries it out and records it as it does the scenario's faults, \
            so sentences may speak of it by its name. It undoes itself after --for, even if the \
            supervisor is killed and started again meanwhile.

            Examples:
              warren fault kill relay-2 --for 10s
              warren fault cut 'eu | us' --for 15s --mode reset
              warren fault degrade 'eu | us' --rtt 200ms --loss 1% --name slow
              warren fault list
              warren fault end slow
              warren expect 'within 20s after fault "slow" network is connected'

            Exit codes: 0 it is in force, 3 it could not be carried out, 64 nobody is meant by it.
            """,
        subcommands: [
            FaultKill.self, FaultStop.self, FaultPause.self, FaultRestart.self, FaultCut.self,
            FaultDegrade.self, FaultList.self, FaultEnd.self,
        ]
    )
}

struct FaultKill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "End nodes without a word; healed by a start.",
        discussion: "Example:\n  warren fault kill relay-2 --for 10s"
    )

    @Argument(help: FaultOptions.selectorHelp) var selector: String
    @OptionGroup var options: FaultOptions

    func run() async throws { try await options.carryOut([.init("kill", .text(selector))]) }
}

struct FaultStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Ask nodes to end; healed by a start.",
        discussion: "Example:\n  warren fault stop 'producer, relay-1..2' --for 10s"
    )

    @Argument(help: FaultOptions.selectorHelp) var selector: String
    @OptionGroup var options: FaultOptions

    func run() async throws { try await options.carryOut([.init("stop", .text(selector))]) }
}

struct FaultPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Hold nodes still with open connections; healed by going on.",
        discussion: "Example:\n  warren fault pause producer-1 --for 10s"
    )

    @Argument(help: FaultOptions.selectorHelp) var selector: String
    @OptionGroup var options: FaultOptions

    func run() async throws { try await options.carryOut([.init("pause", .text(selector))]) }
}

struct FaultRestart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "End nodes cleanly and start them at once.",
        discussion: "Example:\n  warren fault restart relay --wait"
    )

    @Argument(help: FaultOptions.selectorHelp) var selector: String
    @OptionGroup var options: FaultOptions

    func run() async throws { try await options.carryOut([.init("restart", .text(selector))]) }
}

struct FaultCut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cut",
        abstract: "Let nothing pass between two sides, or between one and everybody else.",
        discussion: """
            Examples:
              warren fault cut 'eu | us' --for 15s
              warren fault cut relay-1 --mode reset --for 15s
              warren fault cut 'producer | relay' --one-way --for 15s
            """
    )

    @Argument(help: FaultOptions.sidesHelp) var sides: String

    @Option(help: "hang: bytes vanish. reset: connections end and dials are refused.")
    var mode = "hang"

    @Flag(help: "Only what the first side says to the second is lost; the same as 'eu > us'.")
    var oneWay = false

    @OptionGroup var options: FaultOptions

    func run() async throws {
        try await options.carryOut(
            [.init("cut", .text(sides)), .init("mode", .text(mode))],
            isOneWay: oneWay
        )
    }
}

struct FaultDegrade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "degrade",
        abstract: "Make the links between two sides worse, both ways.",
        discussion: """
            Example:
              warren fault degrade 'eu | us' --rtt 200ms --loss 1% --for 30s
            """
    )

    @Argument(help: FaultOptions.sidesHelp) var sides: String

    @Option(help: ArgumentHelp("There and back.", valueName: "duration")) var rtt: String?
    @Option(help: ArgumentHelp("Up to so much longer.", valueName: "duration")) var jitter: String?
    @Option(help: ArgumentHelp("Share of packets, as 1%.", valueName: "share")) var loss: String?
    @Option(help: ArgumentHelp("Each way, as 10Mbit.", valueName: "bandwidth"))
    var bandwidth: String?

    @OptionGroup var options: FaultOptions

    func run() async throws {
        let said = [("rtt", rtt), ("jitter", jitter), ("loss", loss), ("bandwidth", bandwidth)]
        var entries: [Document.Entry] = [.init("between", .text(sides))]
        for (key, text) in said {
            if let text { entries.append(.init(key, .text(text))) }
        }
        try await options.carryOut([.init("degrade", .map(entries))])
    }
}
