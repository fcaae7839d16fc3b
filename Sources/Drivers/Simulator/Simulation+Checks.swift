import WarrenNode
import WarrenPrimitives
import WarrenScenario

extension Simulation.Network {
    /// The side of the square of links.
    var regionCount: Int {
        var side = 0
        while side * side < links.count { side += 1 }
        return side
    }

    /// Hosts that a fault may start again.
    var mortalHosts: Set<Int> {
        var mortal: Set<Int> = []
        for fault in faults {
            switch fault.action {
            case .kill(let hosts), .stop(let hosts), .restart(let hosts): mortal.formUnion(hosts)
            case .pause, .cut, .degrade, .skew: break
            }
        }
        return mortal
    }

    func check(_ fidelity: Simulation.Fidelity) throws(Simulation.Flaw) {
        guard !links.isEmpty, regionCount * regionCount == links.count else {
            throw .linksAreNoSquare(count: links.count)
        }
        var names: Set<String> = []
        var addresses: [SocketAddress: String] = [:]
        for host in hosts {
            guard (0..<regionCount).contains(host.region) else {
                throw .noSuchRegion(host.region, host: host.name)
            }
            guard names.insert(host.name).inserted else { throw .sameName(host.name) }
            let address = host.birth.configuration.listenAddress
            if let other = addresses.updateValue(host.name, forKey: address) {
                throw .sameAddress(address, other, host.name)
            }
            if fidelity == .bytes, host.key?.id != host.birth.ownID {
                throw .noKey(host: host.name)
            }
        }
        for (number, fault) in faults.enumerated() {
            for host in fault.action.hosts where !hosts.indices.contains(host) {
                throw .noSuchHost(host, fault: number)
            }
        }
        for (number, load) in loads.enumerated() {
            for host in load.nodes where !hosts.indices.contains(host) {
                throw .noSuchLoadedHost(host, load: number)
            }
        }
        try checkOverlap()
    }

    /// Links are told apart by a limited number of faults over them at once.
    private func checkOverlap() throws(Simulation.Flaw) {
        let overLinks = faults.filter(\.action.isOverLinks)
        for fault in overLinks {
            let atOnce = overLinks.count { other in
                other.at <= fault.at && (other.duration.map { fault.at <= other.at + $0 } ?? true)
            }
            if atOnce > LinkMap.limit { throw .tooManyFaultsAtOnce(limit: LinkMap.limit) }
        }
    }
}

extension Simulation.Fault.Action {
    var hosts: [Int] {
        switch self {
        case .kill(let hosts), .stop(let hosts), .pause(let hosts), .restart(let hosts),
            .skew(let hosts, _):
            hosts
        case .cut(let first, let second, _, _), .degrade(let first, let second, _): first + second
        }
    }

    var isOverLinks: Bool {
        switch self {
        case .cut, .degrade: true
        case .kill, .stop, .pause, .restart, .skew: false
        }
    }
}
