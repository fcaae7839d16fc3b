package import WarrenObservation
import WarrenPrimitives

/// Every node of a scenario by name, and who is wired to whom: the scenario, written out.
///
/// Places in these arrays number the nodes everywhere: keys, addresses and files follow them.
package struct Roll: Hashable, Sendable {
    package var members: [Member]
    /// Whom each node has as static routes by the shape, in order of place.
    package var neighbours: [[Int]]
    /// The relays in front of each node; empty for those in the open.
    package var relays: [[Int]]
    /// Those who stand behind each node.
    package var protected: [[Int]]

    package struct Member: Hashable, Sendable {
        package var name: String
        package var role: Role
        package var group: String
        package var region: String?
        /// From 1, within the group.
        package var number: Int
    }

    /// Streams of chance, one for each question, so that no answer shifts another.
    private enum Stream: UInt64 {
        case shape = 1
        case relays = 2
    }

    /// Writes out a valid scenario; reading one has checked that its names mean something.
    package init(_ scenario: Scenario) {
        members = scenario.members
        neighbours = [[Int]](repeating: [], count: members.count)
        relays = neighbours
        protected = neighbours
        let chance = Random(seed: UInt64(bitPattern: scenario.seed))
        wire(scenario, random: chance.fork(Stream.shape.rawValue))
        protect(scenario, random: chance.fork(Stream.relays.rawValue))
    }

    private mutating func wire(_ scenario: Scenario, random: Random) {
        let shape = scenario.topology.shape
        for places in scenario.parts {
            // The same draws for each part: parts of a size are wired alike.
            var random = random
            for pair in shape.pairs(among: places.count, random: &random) {
                neighbours[places[pair.low]].append(places[pair.high])
                neighbours[places[pair.high]].append(places[pair.low])
            }
        }
        if case .edges(let edges) = shape {
            var placeByName: [String: Int] = [:]
            for (place, member) in members.enumerated() { placeByName[member.name] = place }
            for edge in edges {
                guard let from = placeByName[edge.from], let to = placeByName[edge.to] else {
                    continue
                }
                neighbours[from].append(to)
                if edge.goesBothWays { neighbours[to].append(from) }
            }
        }
        for place in neighbours.indices {
            neighbours[place] = Array(Set(neighbours[place])).sorted()
        }
    }

    /// Deals the relays out in turn, in an order drawn once, so that each has about as many nodes
    /// behind it as the next.
    private mutating func protect(_ scenario: Scenario, random: Random) {
        var random = random
        for group in scenario.groups {
            guard let behind = group.behind else { continue }
            var deck = scenario.places(named: behind) ?? []
            random.shuffle(&deck)
            guard !deck.isEmpty else { continue }
            var next = 0
            for (place, member) in members.enumerated() where member.group == group.name {
                for _ in 0..<min(group.valency, deck.count) {
                    relays[place].append(deck[next % deck.count])
                    protected[deck[next % deck.count]].append(place)
                    next += 1
                }
                relays[place].sort()
            }
        }
        for place in protected.indices { protected[place].sort() }
    }
}

extension Scenario {
    /// Every node, group by group.
    package var members: [Roll.Member] {
        groups.flatMap { group in
            (0..<group.count).map { index in
                Roll.Member(
                    name: "\(group.name)-\(index + 1)",
                    role: group.role,
                    group: group.name,
                    region: group.regions.isEmpty
                        ? nil : group.regions[index % group.regions.count],
                    number: index + 1
                )
            }
        }
    }

    /// The places of those that the shape joins.
    var participants: [Int] {
        if let among = topology.among {
            return Array(Set(among.flatMap { places(named: $0) ?? [] })).sorted()
        }
        let open = Set(groups.filter { $0.behind == nil && $0.role != .seed }.map(\.name))
        return members.indices(where: { open.contains($0.group) })
    }

    /// The places of a node, else a group, else a role, else a region; `*` is everybody, and
    /// `relay-1..3` a range within a group.
    ///
    /// Nil if the name means nobody. Source: design §8, §9.
    package func places(named name: String) -> [Int]? {
        let members = members
        if name == "*" { return Array(members.indices) }
        let tests: [(Roll.Member) -> Bool] = [
            { $0.name == name }, { $0.group == name }, { $0.role.rawValue == name },
            { $0.region == name }, { Self.range(name, holds: $0) },
        ]
        for test in tests {
            let places = members.indices(where: test)
            if !places.isEmpty { return places }
        }
        return nil
    }

    private static func range(_ text: String, holds member: Roll.Member) -> Bool {
        let prefix = member.group + "-"
        guard text.hasPrefix(prefix) else { return false }
        let ends = text.dropFirst(prefix.count).split(
            separator: ".",
            omittingEmptySubsequences: false
        )
        guard ends.count == 3, ends[1].isEmpty, let first = Int(ends[0]), let last = Int(ends[2]),
            first <= last
        else { return false }
        return (first...last).contains(member.number)
    }
}

extension Array {
    fileprivate func indices(where test: (Element) -> Bool) -> [Int] {
        indices.filter { test(self[$0]) }
    }
}
