import ArgumentParser
import WarrenNIO
import WarrenPrimitives

struct ShowNodeID: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show-node-id",
        abstract: "Print the node id of a key file.",
        aliases: ["show_node_id"]
    )

    @Option(help: ArgumentHelp("The key file.", valueName: "path"))
    var nodeKey = "node_key.json"

    func run() throws {
        do {
            print(try KeyFile.load(nodeKey).id)
        } catch {
            throw fail(usageCode, "\(error)")
        }
    }
}

struct GenNodeKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gen-node-key",
        abstract: "Make a key file where there is none, and print its node id.",
        aliases: ["gen_node_key"]
    )

    @Option(help: ArgumentHelp("The key file.", valueName: "path"))
    var nodeKey = "node_key.json"

    func run() throws {
        do {
            print(try KeyFile.loadOrCreate(nodeKey).id)
        } catch {
            throw fail(usageCode, "\(error)")
        }
    }
}
