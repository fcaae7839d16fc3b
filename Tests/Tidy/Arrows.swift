/// The architecture as a table: target folder → every module it may import.
///
/// A new arrow is an edit here, in the same commit, in plain sight. Source: design §2, style 25.
enum Arrows {
    static let allowed: [String: Set<String>] = [
        // Core: each leans only on those above it; no Foundation anywhere.
        "Sources/Core/Primitives": ["CSodium", "Synchronization"],
        "Sources/Core/Observation": ["WarrenPrimitives"],
        "Sources/Core/Handshake": ["WarrenPrimitives", "CSodium"],
        "Sources/Core/Connection": [
            "WarrenPrimitives", "WarrenObservation", "WarrenHandshake", "DequeModule",
        ],
        "Sources/Core/Switch": ["WarrenPrimitives", "WarrenObservation"],
        "Sources/Core/Peering": ["WarrenPrimitives", "WarrenObservation", "WarrenSwitch"],
        "Sources/Core/Chain": ["WarrenPrimitives", "WarrenObservation", "WarrenPeering"],
        "Sources/Core/Gossip": [
            "WarrenPrimitives", "WarrenObservation", "WarrenSwitch", "WarrenPeering", "WarrenChain",
        ],
        "Sources/Core/Node": [
            "WarrenPrimitives", "WarrenObservation", "WarrenSwitch", "WarrenPeering", "WarrenChain",
            "WarrenGossip",
        ],
        "Sources/Core/Scenario": ["WarrenPrimitives", "WarrenObservation", "WarrenPeering"],

        // Drivers lean on Core and never on each other or on the testnet floor.
        "Sources/Drivers/NIO": drivers,
        "Sources/Drivers/Simulator": core,

        // The testnet floor leans on Core and on its own Generator.
        "Sources/Testnet/Generator": testnet.subtracting(["WarrenGenerator"]),
        "Sources/Testnet/Engines": testnet.union([
            "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "Subprocess",
        ]),
        "Sources/Testnet/Collector": testnet.union([
            "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "GRDB",
        ]),
        "Sources/Testnet/Report": testnet,
    ]

    private static let core: Set<String> = [
        "WarrenPrimitives", "WarrenObservation", "WarrenHandshake", "WarrenConnection",
        "WarrenSwitch", "WarrenPeering", "WarrenChain", "WarrenGossip", "WarrenNode",
        "WarrenScenario",
    ]

    private static let system: Set<String> = [
        "Foundation", "FoundationEssentials", "Glibc", "Musl", "Synchronization", "Dispatch",
    ]

    private static let drivers = core.subtracting(["WarrenScenario"]).union(system).union([
        "CSodium", "NIOCore", "NIOPosix", "NIOConcurrencyHelpers", "Hummingbird",
        "CAres", "HummingbirdCore", "HTTPTypes", "NIOHTTPTypes", "GRDB", "Yams", "Logging",
        "Metrics",
        "ServiceLifecycle",
    ])

    private static let testnet = core.union(system).union(["WarrenGenerator", "Logging", "Yams"])

    /// What the node's own executable must never see.
    static let barredFromNode: Set<String> = [
        "WarrenGenerator", "WarrenEngines", "WarrenCollector", "WarrenReport", "WarrenScenario",
    ]
}
