import WarrenObservation
import WarrenScenario

/// Which networks of containers each node joins: there is one for each region.
///
/// Between two networks of Docker nothing routes, and a node learns addresses from its peers: one
/// that only half of the network can dial would be told to all of it. So a node in the open joins
/// the network of every region, as a node does that may call on anyone; a hidden one joins its own
/// region's and those of the relays in front of it, and nobody else can reach it even by mistake.
/// A backbone beside the regions would not do: of two addresses of a node, peers tell the one that
/// they saw.
struct RegionNetworks {
    /// All of them, in the order of the scenario.
    let names: [String]
    private let joined: [String: [String]]

    /// What the one network is called where no region is named.
    static let usualName = "p2p"

    init(_ scenario: Scenario) {
        let roll = Roll(scenario)
        var names: [String] = []
        for member in roll.members {
            if let region = member.region, !names.contains(region) { names.append(region) }
        }
        if names.isEmpty { names = [Self.usualName] }
        let hidden = Set(scenario.groups.filter { $0.isHidden && $0.behind != nil }.map(\.name))
        var joined: [String: [String]] = [:]
        for (place, member) in roll.members.enumerated() {
            var reached = Set(names)
            let relays = roll.relays[place]
            if hidden.contains(member.group), !relays.isEmpty,
                relays.allSatisfy({ roll.members[$0].region != nil })
            {
                reached = Set((relays + [place]).compactMap { roll.members[$0].region })
            }
            joined[member.name] = names.filter(reached.contains)
        }
        self.names = names
        self.joined = joined
    }

    /// The networks that a node joins.
    func of(_ node: NetworkManifest.Node) -> [String] { joined[node.name] ?? names }
}
