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

extension NetworkManifest {
    /// A network whose notes are gone, as what runs of it says: who is in it, and no more.
    package init(found nodes: [Node], name: String, seed: Int64, engine: Engine) {
        schema = Self.currentSchema
        self.name = name
        self.seed = seed
        self.engine = engine
        networkID = name
        livenessNanoseconds = NetworkState.defaultLiveness.wholeNanoseconds
        hasTestKeys = true
        self.nodes = nodes
        expectations = []
        adminToken = Self.adminToken(seed: seed, engine: engine)
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
