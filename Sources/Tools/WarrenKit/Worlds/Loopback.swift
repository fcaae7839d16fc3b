import WarrenEngines
import WarrenPrimitives
import WarrenScenario

/// Finds loopback addresses that nobody uses, so that networks run side by side.
enum Loopback {
    /// The blocks of 127.x addresses that networks of the kit choose from; what `warren` is told
    /// with `--base` is best below.
    static let bases = 70...84
    /// How many blocks are tried when somebody else takes an address at the last moment.
    static let attempts = 3

    /// A scenario made into nodes with addresses that are free now.
    static func blueprint(
        _ scenario: Scenario,
        bases: [Int],
        reactors: ReactorMaker
    ) throws(NetworkError) -> Blueprint {
        var holder = "no addresses were tried"
        for base in bases {
            let blueprint = try Blueprint(
                scenario,
                engine: .process,
                base: base,
                reactors: reactors
            )
            let addresses = blueprint.manifest.nodes.flatMap { node in
                [node.address, node.admin].compactMap(SocketAddress.init)
            }
            guard let taken = WarrenEngines.PortHolder.firstTaken(among: addresses) else {
                return blueprint
            }
            holder = "\(taken.address) is held by \(taken.holder)"
        }
        throw .cannotStart("no block of loopback addresses is free: \(holder): end that first")
    }
}
