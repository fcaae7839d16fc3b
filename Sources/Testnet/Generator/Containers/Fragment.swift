import WarrenObservation

/// The hand-written files of `compose/`, as they are in the repository: parts of the program.
///
/// Each run has its own copy, so that it can be started where there is no repository.
enum Fragment: String, CaseIterable {
    case seed
    case relay
    case blockProducer = "block-producer"
    case collector
    case monitoring
    case prometheus
    case alerts

    /// As the run's files call it.
    var file: String {
        switch self {
        case .seed, .relay, .blockProducer, .collector: "compose/\(rawValue).yaml"
        case .monitoring, .prometheus, .alerts: "monitoring/\(rawValue).yaml"
        }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    private var bytes: [UInt8] {
        switch self {
        case .seed: PackageResources.seed_yaml
        case .relay: PackageResources.relay_yaml
        case .blockProducer: PackageResources.block_producer_yaml
        case .collector: PackageResources.collector_yaml
        case .monitoring: PackageResources.monitoring_yaml
        case .prometheus: PackageResources.prometheus_yaml
        case .alerts: PackageResources.alerts_yaml
        }
    }

    /// The one that says what a node of `role` may do.
    init(_ role: Role) {
        switch role {
        case .seed: self = .seed
        case .relay: self = .relay
        case .blockProducer: self = .blockProducer
        }
    }
}

extension Network.File {
    init(_ fragment: Fragment) { self.init(path: fragment.file, text: fragment.text) }
}
