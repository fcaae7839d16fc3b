package import WarrenPrimitives

/// A node as the scenario declares it.
package struct DeclaredNode: Hashable, Sendable, Codable {
    package var name: String
    package var group: String
    package var role: Role
    package var region: String?
    /// Nil where the id is not known before the node is asked.
    package var id: NodeID?
    /// Every `host:port` that leads to it, for rows whose id is not known yet.
    package var addresses: [String]
    /// Those it starts with, if known.
    package var targets: Targets?

    package init(
        name: String,
        group: String,
        role: Role,
        region: String? = nil,
        id: NodeID? = nil,
        addresses: [String] = [],
        targets: Targets? = nil
    ) {
        self.name = name
        self.group = group
        self.role = role
        self.region = region
        self.id = id
        self.addresses = addresses
        self.targets = targets
    }
}

/// The nodes of a network, in the order of the scenario; a node's number is its place in it.
package struct Population: Hashable, Sendable {
    package let nodes: [DeclaredNode]
    private let places: [String: Int]
    private var ids: [NodeID: Int] = [:]
    private let addresses: [String: Int]

    /// Of two nodes with the same name the first is meant by it.
    package init(_ nodes: [DeclaredNode]) {
        self.nodes = nodes
        let numbers = nodes.indices
        places = Dictionary(numbers.map { (nodes[$0].name, $0) }) { first, _ in first }
        addresses = Dictionary(
            numbers.flatMap { number in nodes[number].addresses.map { ($0, number) } }
        ) { first, _ in first }
        for number in numbers {
            if let id = nodes[number].id { ids[id] = number }
        }
    }

    package var count: Int { nodes.count }

    package func number(named name: String) -> Int? { places[name] }

    /// The declared node that a reference is about, by id, else by address.
    package func number(of reference: PeerReference) -> Int? {
        if let id = reference.id { return ids[id] }
        return reference.address.flatMap { addresses[$0] }
    }

    /// Notes the id of a node that was declared without one; true when that is news.
    @discardableResult
    package mutating func learn(_ id: NodeID, of number: Int) -> Bool {
        guard nodes[number].id == nil, ids[id] == nil else { return false }
        ids[id] = number
        return true
    }

    /// What a reference is called: the declared name, else the address, else the id.
    package func name(of reference: PeerReference) -> String {
        if let number = number(of: reference) { return nodes[number].name }
        return reference.address ?? reference.id?.description ?? reference.peer.description
    }
}
