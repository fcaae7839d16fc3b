import ArgumentParser
import WarrenNIO
import WarrenPrimitives

struct Health: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a node whether it is healthy: exit 0 if so, else 1.",
        discussion: "Example:\n  warren-node health --admin 127.0.0.1:3101"
    )

    @Option(help: ArgumentHelp("The node's admin address.", valueName: "host:port"))
    var admin: String

    func run() throws {
        let endpoint: Endpoint
        do {
            endpoint = try Endpoint(parsing: admin)
        } catch {
            throw ValidationError("--admin '\(admin)': \(error)")
        }
        let host =
            switch endpoint.host {
            case .address(let ip): "\(ip)"
            case .name(let name): name
            }
        switch HealthProbe.ask(host: host, port: endpoint.port) {
        case .healthy: print("healthy")
        case .unhealthy(let why): throw fail(1, "unhealthy: \(why)")
        }
    }
}
