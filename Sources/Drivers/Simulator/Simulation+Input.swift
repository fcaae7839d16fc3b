package import WarrenNode
package import WarrenPrimitives
package import WarrenScenario
package import WarrenSwitch

// What a simulated network is made of: plain values, with nothing left to look up.

extension Simulation {
    /// A node and where it stands.
    package struct Host: Sendable {
        /// Unique; what it draws depends on its name, not on who else is there.
        package var name: String
        package var birth: Node.Birth
        /// A row and a column of the links.
        package var region: Int
        package var reactors: [any Reactor]
        /// Who it proves to be; needed where bytes are simulated.
        package var key: NodeKey?
        /// How far its clock is off from the start.
        package var clockOffset: Duration

        package init(
            name: String,
            birth: Node.Birth,
            region: Int = 0,
            reactors: [any Reactor] = [],
            key: NodeKey? = nil,
            clockOffset: Duration = .zero
        ) {
            self.name = name
            self.birth = birth
            self.region = region
            self.reactors = reactors
            self.key = key
            self.clockOffset = clockOffset
        }
    }

    /// What a name server answers.
    package struct Name: Hashable, Sendable {
        package var addresses: [SocketAddress]
        package var timeToLive: Duration

        package init(_ addresses: [SocketAddress], timeToLive: Duration = .seconds(60)) {
            self.addresses = addresses
            self.timeToLive = timeToLive
        }
    }

    /// A disturbance whose nodes are named by their numbers; it undoes itself.
    ///
    /// Source: design §8; the words are those of `Scenario.Fault`.
    package struct Fault: Hashable, Sendable {
        package var name: String?
        /// From t = 0: the instant at which all nodes were healthy for the first time.
        package var at: Duration
        /// Nil: for the rest of the run.
        package var duration: Duration?
        package var action: Action

        package init(
            name: String? = nil,
            at: Duration,
            for duration: Duration?,
            _ action: Action
        ) {
            self.name = name
            self.at = at
            self.duration = duration
            self.action = action
        }

        package enum Action: Hashable, Sendable {
            case kill([Int])
            case stop([Int])
            case pause([Int])
            case restart([Int])
            case cut([Int], [Int], mode: Scenario.Fault.CutMode, oneWay: Bool)
            case degrade([Int], [Int], LinkQuality)
            case skew([Int], Duration)
        }
    }

    /// The whole network as it is at the start, and what will befall it.
    package struct Network: Sendable {
        package var hosts: [Host]
        /// A square, row by row: from the row's region to the column's.
        package var links: [LinkQuality]
        package var names: [String: Name]
        package var faults: [Fault]
        /// Transactions that somebody gives to the hosts, from t = 0 on.
        package var loads: [LoadSchedule] = []

        /// `links` holds one quality for every two regions, or one for all.
        package init(
            hosts: [Host],
            links: [LinkQuality] = [.near],
            names: [String: Name] = [:],
            faults: [Fault] = []
        ) {
            self.hosts = hosts
            self.links = links
            self.names = names
            self.faults = faults
        }
    }

    /// Why a network cannot be simulated.
    package enum Flaw: Error, Hashable, Sendable {
        case linksAreNoSquare(count: Int)
        case noSuchRegion(Int, host: String)
        case sameAddress(SocketAddress, String, String)
        case sameName(String)
        case noSuchHost(Int, fault: Int)
        case noSuchLoadedHost(Int, load: Int)
        /// Bytes are simulated, and this host has no key, or the key of another id.
        case noKey(host: String)
        /// More links are cut or degraded at once than can be told apart.
        case tooManyFaultsAtOnce(limit: Int)
    }
}

extension LinkQuality {
    /// Two processes of one machine or one rack.
    package static let near = LinkQuality(roundTrip: .microseconds(200))
}

extension Simulation.Flaw: CustomStringConvertible {
    package var description: String {
        switch self {
        case .linksAreNoSquare(let count):
            "there are \(count) links: expected one for every two regions, n times n"
        case .noSuchRegion(let region, let host):
            "host '\(host)' is in region \(region), which has no links"
        case .sameAddress(let address, let one, let other):
            "hosts '\(one)' and '\(other)' both listen on \(address): give each its own"
        case .sameName(let name): "two hosts are named '\(name)': names tell their draws apart"
        case .noSuchHost(let host, let fault):
            "fault \(fault) is about host \(host), and there is none"
        case .noSuchLoadedHost(let host, let load):
            "load \(load) is for host \(host), and there is none"
        case .noKey(let host): "host '\(host)' needs the key of its id, since bytes are simulated"
        case .tooManyFaultsAtOnce(let limit):
            "more than \(limit) faults cut or degrade links at once: expected \(limit) at most"
        }
    }
}
