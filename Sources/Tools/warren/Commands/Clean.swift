import ArgumentParser
import WarrenEngines
import WarrenGenerator

struct Clean: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove the directories of runs that have ended.",
        discussion: "Examples:\n  warren clean\n  warren clean starter"
    )

    @Argument(help: ArgumentHelp("Only the runs of this network.", valueName: "name"))
    var name: String?

    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let shelf = shelf.shelf
        var removed: [String] = []
        for name in name.map({ [$0] }) ?? shelf.names {
            let running = await shelf.running(name)
            for run in shelf.runs(of: name) where run.directory != running?.directory {
                shelf.remove(run)
                removed.append(run.directory.path)
            }
        }
        output.text("\(removed.count) finished runs removed")
        try output.json(removed)
    }
}
