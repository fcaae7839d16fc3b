package import WarrenObservation
package import WarrenPrimitives

extension NetworkManifest {
    /// A network that was not made from a scenario: what is known of it is who is in it.
    package init(attachedTo nodes: [Node], name: String, networkID: String) {
        schema = Self.currentSchema
        self.name = name
        seed = 0
        engine = .process
        self.networkID = networkID
        livenessNanoseconds = NetworkState.defaultLiveness.wholeNanoseconds
        hasTestKeys = false
        self.nodes = nodes
        expectations = []
    }
}

extension NetworkManifest.Node {
    /// A node that runs already, in a directory that is none of ours.
    package init(attached name: String, id: NodeID, role: Role, address: String, admin: String) {
        self.name = name
        self.id = id
        self.role = role
        group = role.rawValue
        region = nil
        self.address = address
        self.admin = admin
        directory = ""
        routes = []
    }
}
