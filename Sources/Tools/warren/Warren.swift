import ArgumentParser
import WarrenNIO

/// The command line of the kit.
///
/// Source: design §13.
@main
struct Warren: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warren",
        abstract: "Grow a peer-to-peer network on one machine, look into it, and judge it.",
        discussion: """
            Example:
              warren test testnets/starter.yaml     grow, judge, report, end
              warren up testnets/starter.yaml       grow, judge, and leave it running
              warren status                         who is how
              warren down                           end it

            Exit codes: 0 held, 1 an expectation broke or a node did what none may, 2 unknown, 3 \
            the network could not be started or was lost, 64 wrong usage or a bad file, 130 interrupted after clean \
            teardown.
            """,
        version: "warren \(Version.text)",
        subcommands: [
            Validate.self, Generate.self, Up.self, Status.self, Watch.self, Logs.self,
            GraphCommand.self, Load.self, FaultCommand.self, Expect.self, Explain.self, Report.self,
            Collect.self,
            Test.self, Simulate.self, Down.self,
            Clean.self, Doctor.self,
        ]
    )
}
