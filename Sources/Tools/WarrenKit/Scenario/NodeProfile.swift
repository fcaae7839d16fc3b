public import WarrenObservation
public import WarrenPrimitives
public import WarrenSwitch

/// A node before it starts, as whoever makes its reactors sees it.
public struct NodeProfile: Hashable, Sendable {
    /// As the scenario names it, `relay-1`; the moniker that its peers see.
    public let name: String
    public let id: NodeID
    public let role: Role
    /// What two nodes must have in common to talk to each other.
    public let network: String

    init(name: String, id: NodeID, role: Role, network: String) {
        self.name = name
        self.id = id
        self.role = role
        self.network = network
    }
}

/// Makes the reactors that a node has besides Warren's own; asked once for each node.
///
/// A simulated node that a fault ends and starts again begins with the same reactors as the first
/// time: what they had in memory is lost.
public typealias ReactorMaker = @Sendable (NodeProfile) -> [any Reactor]

/// What Warren's own protocols are called, and the channels that they own or will own.
enum OwnChannels {
    static let all: [(id: ChannelID, name: String)] = [
        (.peerExchange, "peer exchange"), (.lifecycle, "lifecycle"), (.chain, "chain"),
        (.blocks, "blocks"), (.transactions, "transactions"), (.routing, "routing"),
    ]

    /// Why a node cannot have all of these reactors; nil if it can.
    static func complaint(about reactors: [any Reactor]) -> String? {
        var owners = all
        var names: Set<String> = []
        for reactor in reactors {
            guard names.insert(reactor.name).inserted else {
                return
                    "two reactors are named '\(reactor.name)': expected a name of its own for each"
            }
            for channel in reactor.channels {
                if let owner = owners.first(where: { $0.id == channel.id }) {
                    return
                        "reactor '\(reactor.name)' owns channel \(channel.id), and so does "
                        + "\(owner.name): expected one that nobody has, such as 0x60"
                }
                owners.append((channel.id, "'\(reactor.name)'"))
            }
        }
        return nil
    }
}
