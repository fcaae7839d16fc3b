import WarrenPrimitives

/// Which nodes are meant: `relay-1..3, producer except relay-2`.
///
/// A bare name is a node, else a group, else a role, else a region. Source: design §8, §9.
package struct Selector: Hashable, Sendable {
    package var terms: [Term]
    package var exceptions: [Term] = []

    /// Nodes that one range may name.
    package static let rangeLimit = 100_000

    package enum Term: Hashable, Sendable {
        case all
        case name(String)
        /// `relay-1..3` is relay-1, relay-2 and relay-3.
        case range(prefix: String, from: Int, to: Int)
        case node(String)
        case group(String)
        case role(String)
        case region(String)
    }

    package init(_ terms: [Term], except exceptions: [Term] = []) {
        self.terms = terms
        self.exceptions = exceptions
    }

    /// Reads a selector that stands alone, as in a fault.
    package init(_ text: String) throws(ExpectationError) {
        var parser = try SentenceParser(text)
        self = try parser.loneSelector()
    }

    /// The numbers of the nodes that are meant, in order, at least one.
    package func members(of population: Population) throws(ExpectationError) -> [Int] {
        var members: Set<Int> = []
        for term in terms { members.formUnion(try term.members(of: population)) }
        for term in exceptions { members.subtract(try term.members(of: population)) }
        guard !members.isEmpty else { throw .empty(selector: description) }
        return members.sorted()
    }
}

extension Selector.Term {
    func members(of population: Population) throws(ExpectationError) -> [Int] {
        let found: [Int]
        switch self {
        case .all: found = Array(population.nodes.indices)
        case .node(let name): found = population.number(named: name).map { [$0] } ?? []
        case .group(let name): found = population.numbers { $0.group == name }
        case .role(let name): found = population.numbers { $0.role.rawValue == name }
        case .region(let name): found = population.numbers { $0.region == name }
        case .name(let name): found = try Self.members(named: name, of: population)
        case .range(let prefix, let from, let to):
            var members: [Int] = []
            for index in from...to {
                let term = Self.node(prefix + String(index))
                members += try term.members(of: population)
            }
            return members
        }
        guard !found.isEmpty else { throw nobody(in: population) }
        return found
    }

    private static func members(
        named name: String,
        of population: Population
    ) throws(ExpectationError) -> [Int] {
        var first: (kind: String, members: [Int])?
        for (kind, term) in [
            ("node", Self.node(name)), ("group", .group(name)), ("role", .role(name)),
            ("region", .region(name)),
        ] {
            guard let members = try? term.members(of: population) else { continue }
            guard let found = first else {
                first = (kind, members)
                continue
            }
            if found.members != members {
                throw .ambiguous(name: name, first: found.kind, second: kind)
            }
        }
        return first?.members ?? []
    }

    private func nobody(in population: Population) -> ExpectationError {
        let name: String
        switch self {
        case .all: return .empty(selector: "*")
        case .name(let text), .node(let text), .group(let text), .role(let text),
            .region(let text):
            name = text
        case .range(let prefix, let from, _): name = prefix + String(from)
        }
        return .nobody(selector: name, nearest: nearest(to: name, among: population.words))
    }
}

extension Population {
    func numbers(where isMeant: (DeclaredNode) -> Bool) -> [Int] {
        nodes.indices.filter { isMeant(nodes[$0]) }
    }

    /// Every name that a selector may use: groups, roles and regions before nodes.
    package var words: [String] {
        var seen: Set<String> = []
        let wide = nodes.map(\.group) + nodes.map(\.role.rawValue) + nodes.compactMap(\.region)
        return (wide + nodes.map(\.name)).filter { seen.insert($0).inserted }
    }
}

extension Selector: CustomStringConvertible {
    package var description: String {
        let list = terms.map(\.description).joined(separator: ", ")
        if exceptions.isEmpty { return list }
        return list + " except " + exceptions.map(\.description).joined(separator: ", ")
    }
}

extension Selector.Term: CustomStringConvertible {
    package var description: String {
        switch self {
        case .all: "*"
        case .name(let name): name
        case .range(let prefix, let from, let to): "\(prefix)\(from)..\(to)"
        case .node(let name): "node \(name)"
        case .group(let name): "group \(name)"
        case .role(let name): "role \(name)"
        case .region(let name): "region \(name)"
        }
    }
}
