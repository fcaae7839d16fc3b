// swift-tools-version: 6.3
import PackageDescription

// The floor plan. Folder = floor, module = "Warren" + folder: Sources/Core/Peering is WarrenPeering.
// Within Core a target leans only on targets above it; drivers lean on Core; the testnet floor on
// Core; tools on anything. Tests/Tidy holds every import to this list.

let package = Package(
    name: "warren",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "WarrenKit", targets: ["WarrenKit"]),
        .executable(name: "warren-node", targets: ["warren-node"]),
        .executable(name: "warren", targets: ["warren"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        // MARK: System: C libraries from the distribution
        .systemLibrary(name: "CSodium", path: "Sources/System/CSodium"),
        .systemLibrary(name: "CAres", path: "Sources/System/CAres"),

        // MARK: Core: pure state machines; no clock, no sockets, no files, no Foundation
        .core("Primitives", on: .sodium, besides: "wire.proto"),
        .core("Observation", on: "Primitives"),
        .core("Handshake", on: "Primitives", .sodium),
        .core("Connection", on: "Primitives", "Observation", "Handshake", .deque),
        .core("Switch", on: "Primitives", "Observation"),
        .core(
            "Peering",
            on: "Primitives",
            "Observation",
            "Switch",
            besides: "AddressBook/addressbook.proto",
            "Exchange/pex.proto",
            "Lifecycle/lifecycle.proto",
            "Routing/routing.proto"
        ),
        .core("Chain", on: "Primitives", "Observation", "Peering", besides: "chain.proto"),
        .core(
            "Gossip",
            on: "Primitives",
            "Observation",
            "Switch",
            "Peering",
            "Chain",
            besides: "Fetching/blockfetch.proto",
            "Following/chainsync.proto",
            "Relaying/transactions.proto"
        ),
        .core(
            "Node",
            on: "Primitives",
            "Observation",
            "Switch",
            "Peering",
            "Chain",
            "Gossip"
        ),
        .core("Scenario", on: "Primitives", "Observation", "Peering"),

        // MARK: Drivers: two worlds for one core, neither aware of the other
        .driver(
            "NIO",
            on: "Primitives",
            "Observation",
            "Handshake",
            "Connection",
            "Switch",
            "Peering",
            "Chain",
            "Node",
            .nio,
            .nioCore,
            .http,
            .grdb,
            .yams,
            .log,
            .lifecycle,
            .sodium,
            .ares
        ),
        .driver(
            "Simulator",
            on: "Primitives",
            "Observation",
            "Handshake",
            "Connection",
            "Switch",
            "Peering",
            "Chain",
            "Node",
            "Scenario"
        ),

        // MARK: Testnet: a network from a scenario, and what became of it
        .testnet(
            "Generator",
            on: "Primitives",
            "Observation",
            "Peering",
            "Node",
            "Scenario",
            embedding: "Fragments"
        ),
        .testnet(
            "Collector",
            on: "Primitives",
            "Observation",
            "Scenario",
            .grdb,
            .client,
            .nioCore,
            .nioHTTP
        ),
        .testnet("Report", on: "Primitives", "Observation", "Scenario"),
        .testnet(
            "Engines",
            on: "Primitives",
            "Observation",
            "Scenario",
            "Generator",
            .client,
            .nioCore,
            .nioHTTP,
            .subprocess
        ),

        // MARK: Tools
        .kit(
            "WarrenKit",
            on: "Primitives",
            "Observation",
            "Switch",
            "Peering",
            "Node",
            "Scenario",
            "NIO",
            "Simulator",
            "Generator",
            "Engines",
            "Collector",
            .nio,
            .arguments,
            .log
        ),
        .tool(
            "warren-node",
            on: "Primitives",
            "Observation",
            "Peering",
            "Chain",
            "Node",
            "NIO",
            .arguments,
            .log
        ),
        .tool(
            "warren",
            on: "Primitives",
            "Observation",
            "Peering",
            "Node",
            "Scenario",
            "NIO",
            "Simulator",
            "Generator",
            "Engines",
            "Collector",
            "Report",
            .arguments,
            .yams,
            .log,
            .client
        ),

        // MARK: Tests: the same tree
        .target(
            name: "WarrenSupport",
            dependencies: ["WarrenPrimitives"],
            path: "Tests/Support",
            swiftSettings: .house
        ),
        .tests("Core", "Primitives", on: "Primitives", .protobuf, .sodium),
        .tests("Core", "Observation", on: "Primitives", "Observation"),
        .tests("Core", "Handshake", on: "Primitives", "Handshake", .sodium),
        .tests("Core", "Connection", on: "Primitives", "Handshake", "Connection"),
        .tests("Core", "Switch", on: "Primitives", "Observation", "Switch"),
        .tests("Core", "Peering", on: "Primitives", "Observation", "Switch", "Peering", .protobuf),
        .tests("Core", "Chain", on: "Primitives", "Observation", "Peering", "Chain", .protobuf),
        .tests(
            "Core",
            "Gossip",
            on: "Primitives",
            "Observation",
            "Switch",
            "Peering",
            "Chain",
            "Gossip",
            .protobuf
        ),
        .tests(
            "Core",
            "Node",
            on: "Primitives",
            "Observation",
            "Switch",
            "Peering",
            "Chain",
            "Gossip",
            "Node"
        ),
        .tests("Core", "Scenario", on: "Primitives", "Observation", "Peering", "Scenario"),
        .tests(
            "Drivers",
            "NIO",
            on: "Primitives",
            "Observation",
            "Handshake",
            "Connection",
            "Switch",
            "Peering",
            "Chain",
            "Gossip",
            "Node",
            "NIO",
            .nio,
            .nioCore,
            .nioEmbedded,
            .grdb
        ),
        .tests(
            "Drivers",
            "Simulator",
            on: "Primitives",
            "Observation",
            "Connection",
            "Switch",
            "Peering",
            "Chain",
            "Gossip",
            "Node",
            "Scenario",
            "Simulator"
        ),
        .tests(
            "Testnet",
            "Generator",
            on: "Primitives",
            "Observation",
            "Peering",
            "Node",
            "Scenario",
            "NIO",
            "Generator"
        ),
        .tests(
            "Testnet",
            "Collector",
            on: "Primitives",
            "Observation",
            "Scenario",
            "Collector",
            .grdb,
            .nio,
            .nioCore
        ),
        .tests("Testnet", "Engines", on: "Primitives", "Scenario", "Generator", "Engines"),
        .tests("Testnet", "Report", on: "Primitives", "Observation", "Scenario", "Report"),
        // The example of the kit's article as a program, with the kit alone, as outside.
        .executableTarget(
            name: "rumour-node",
            dependencies: ["WarrenKit"],
            path: "Tests/Tools/RumourNode",
            swiftSettings: .house
        ),
        .tests("Tools", "WarrenKit", on: "Primitives", "Observation", "Switch", .kit),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "WarrenPrimitives", "WarrenObservation", "WarrenScenario", "WarrenGenerator",
                "WarrenEngines", "WarrenCollector", "WarrenKit",
            ],
            path: "Tests/EndToEnd",
            swiftSettings: .house
        ),
        .testTarget(
            name: "Benchmarks",
            dependencies: [
                "WarrenPrimitives", "WarrenObservation", "WarrenHandshake", "WarrenConnection",
                "WarrenPeering", "WarrenChain", "WarrenNode", "WarrenNIO", "WarrenScenario",
                "WarrenGenerator", "WarrenSimulator", "CSodium",
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Benchmarks",
            swiftSettings: .house
        ),
        .testTarget(name: "TidyTests", path: "Tests/Tidy", swiftSettings: .house),
    ]
)

extension Target {
    /// A core target; `besides` names files in its folder that are not Swift.
    static func core(_ name: String, on needs: Need..., besides: String...) -> Target {
        floor("Core", name, needs, besides)
    }
    static func driver(_ name: String, on needs: Need...) -> Target {
        floor("Drivers", name, needs)
    }
    /// A target of the testnet floor; the files in `embedding` become part of its code.
    static func testnet(_ name: String, on needs: Need..., embedding: String? = nil) -> Target {
        let target = floor("Testnet", name, needs, embedding.map { ["\($0)/README.md"] } ?? [])
        target.resources = embedding.map { [.embedInCode($0)] }
        return target
    }

    static func kit(_ name: String, on needs: Need...) -> Target {
        .target(
            name: name,
            dependencies: needs.map(\.dependency),
            path: "Sources/Tools/\(name)",
            swiftSettings: .house
        )
    }

    static func tool(_ name: String, on needs: Need...) -> Target {
        .executableTarget(
            name: name,
            dependencies: needs.map(\.dependency),
            path: "Sources/Tools/\(name)",
            swiftSettings: .house
        )
    }

    static func tests(_ floor: String, _ name: String, on needs: Need...) -> Target {
        .testTarget(
            name: "\(name)Tests",
            dependencies: needs.map(\.dependency) + ["WarrenSupport"],
            path: "Tests/\(floor)/\(name)Tests",
            swiftSettings: .house
        )
    }

    private static func floor(
        _ floor: String,
        _ name: String,
        _ needs: [Need],
        _ besides: [String] = []
    ) -> Target {
        .target(
            name: "Warren" + name,
            dependencies: needs.map(\.dependency),
            path: "Sources/\(floor)/\(name)",
            exclude: besides,
            swiftSettings: .house
        )
    }
}

/// Something a target leans on: one of our modules by its short name, or a library's product.
struct Need: ExpressibleByStringLiteral {
    let dependency: Target.Dependency
    init(stringLiteral name: String) { dependency = .target(name: "Warren" + name) }
    init(system name: String) { dependency = .target(name: name) }
    init(_ product: String, _ package: String) {
        dependency = .product(name: product, package: package)
    }

    static let kit = Need(system: "WarrenKit")
    static let sodium = Need(system: "CSodium")
    static let deque = Need("DequeModule", "swift-collections")
    static let ares = Need(system: "CAres")
    static let nio = Need("NIOPosix", "swift-nio")
    static let nioCore = Need("NIOCore", "swift-nio")
    static let nioEmbedded = Need("NIOEmbedded", "swift-nio")
    static let nioHTTP = Need("NIOHTTP1", "swift-nio")
    static let http = Need("Hummingbird", "hummingbird")
    static let client = Need("AsyncHTTPClient", "async-http-client")
    static let grdb = Need("GRDB", "GRDB.swift")
    static let yams = Need("Yams", "Yams")
    static let arguments = Need("ArgumentParser", "swift-argument-parser")
    static let log = Need("Logging", "swift-log")
    static let lifecycle = Need("ServiceLifecycle", "swift-service-lifecycle")
    static let subprocess = Need("Subprocess", "swift-subprocess")
    static let protobuf = Need("SwiftProtobuf", "swift-protobuf")
}

extension [SwiftSetting] {
    static let house: Self = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
}
