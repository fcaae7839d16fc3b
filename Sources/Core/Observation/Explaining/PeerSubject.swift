package import WarrenPrimitives

/// Who is to be explained: a declared node, a node id, or an address.
package struct PeerSubject: Hashable, Sendable, Codable {
    /// The declared name, if it is a node of the network.
    package var name: String?
    package var id: NodeID?
    /// Every `host:port` that leads to it.
    package var addresses: [String]

    package init(name: String? = nil, id: NodeID? = nil, addresses: [String] = []) {
        self.name = name
        self.id = id
        self.addresses = addresses
    }

    package init(_ node: DeclaredNode) {
        self.init(name: node.name, id: node.id, addresses: node.addresses)
    }

    /// What it is called: its name, else its address, else its id.
    package var title: String { name ?? addresses.first ?? id?.description ?? "nobody" }

    /// Whether a reference is about it; nil when it names neither an id nor an address that tell.
    func isMeant(by reference: PeerReference) -> Bool? {
        if let id, let told = reference.id { return told == id }
        if let address = reference.address, addresses.contains(address) { return true }
        return nil
    }
}

/// Why a word names no peer.
package enum PeerSubjectError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownNode(String, nearest: String?)
    case unknownPeer(String, nearest: String?)
    case ambiguous(String, candidates: [String])
    case itself(String)

    package var description: String {
        switch self {
        case .unknownNode(let word, let near):
            "no node is called '\(word)'" + Self.hint(near)
        case .unknownPeer(let word, let near):
            "'\(word)' is no peer: expected a node's name, the first "
                + "\(PeerSubject.prefixLimit) or more digits of a node id, or host:port"
                + Self.hint(near)
        case .ambiguous(let word, let candidates):
            "'\(word)' begins the ids of \(candidates.joined(separator: ", ")): give more digits"
        case .itself(let name): "\(name) is no peer of itself: name another node"
        }
    }

    private static func hint(_ nearest: String?) -> String {
        nearest.map { "; did you mean '\($0)'?" } ?? ""
    }
}

extension PeerSubject {
    /// Digits of an id that name a node, at least.
    package static let prefixLimit = 4
    /// Candidates that an error names; the rest are counted.
    private static let candidateLimit = 8
    private static let idDigitCount = 2 * NodeID.byteCount

    /// The node and the peer that two words name.
    ///
    /// `known` is everybody that the node told of: strangers go by their id or address.
    package static func resolve(
        node: String,
        peer: String,
        among population: Population,
        known: [PeerReference] = []
    ) throws(PeerSubjectError) -> (node: Int, peer: PeerSubject) {
        guard let number = population.number(named: node) else {
            let near = nearest(to: node, among: population.nodes.map(\.name))
            throw .unknownNode(node, nearest: near)
        }
        let subject = try resolve(peer, among: population, known: known)
        guard subject.name != node else { throw .itself(node) }
        return (number, subject)
    }

    private static func resolve(
        _ word: String,
        among population: Population,
        known: [PeerReference]
    ) throws(PeerSubjectError) -> PeerSubject {
        if let number = population.number(named: word) {
            return PeerSubject(population.nodes[number])
        }
        if let subject = try byID(word, population, known) { return subject }
        if let subject = byAddress(word, population, known) { return subject }
        let near = nearest(to: word, among: population.nodes.map(\.name))
        throw .unknownPeer(word, nearest: near)
    }

    private static func byID(
        _ word: String,
        _ population: Population,
        _ known: [PeerReference]
    ) throws(PeerSubjectError) -> PeerSubject? {
        let digits = word.lowercased()
        guard digits.utf8.count >= prefixLimit, digits.utf8.count <= idDigitCount,
            digits.utf8.allSatisfy(isHexDigit)
        else { return nil }
        var found: [PeerSubject] = population.nodes
            .filter { $0.id?.description.hasPrefix(digits) ?? false }.map(PeerSubject.init)
        let declared = Set(population.nodes.compactMap(\.id))
        var strangers: [String: PeerSubject] = [:]
        for reference in known {
            guard let id = reference.id, !declared.contains(id) else { continue }
            let text = id.description
            guard text.hasPrefix(digits) else { continue }
            strangers[text, default: PeerSubject(id: id)].add(reference.address)
        }
        found += strangers.keys.sorted().compactMap { strangers[$0] }
        if found.count > 1 {
            var names = found.prefix(candidateLimit).map(\.candidateName)
            let more = found.count - names.count
            if more > 0 { names.append("\(more) more") }
            throw .ambiguous(word, candidates: names)
        }
        // A whole id means somebody, even where nobody has heard of them.
        return found.first ?? NodeID(digits).map { PeerSubject(id: $0) }
    }

    private static func byAddress(
        _ word: String,
        _ population: Population,
        _ known: [PeerReference]
    ) -> PeerSubject? {
        if let node = population.nodes.first(where: { $0.addresses.contains(word) }) {
            return PeerSubject(node)
        }
        let ids = Set(known.filter { $0.address == word }.compactMap(\.id))
        if let only = ids.first, ids.count == 1 {
            let node = population.nodes.first { $0.id == only }
            return node.map(PeerSubject.init) ?? PeerSubject(id: only, addresses: [word])
        }
        let isHeard = known.contains { $0.address == word }
        return isHeard || isAddress(word) ? PeerSubject(addresses: [word]) : nil
    }

    private mutating func add(_ address: String?) {
        guard let address, !addresses.contains(address) else { return }
        addresses.append(address)
    }

    private var candidateName: String {
        let digits = id.map { String($0.description.prefix(12)) + "…" }
        guard let name = name ?? addresses.first else { return digits ?? "nobody" }
        return digits.map { "\(name) (\($0))" } ?? name
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        case _: false
        }
    }

    /// As `host:port`.
    private static func isAddress(_ word: String) -> Bool {
        guard let colon = word.lastIndex(of: ":"), colon != word.startIndex else { return false }
        return UInt16(word[word.index(after: colon)...]) != nil
    }
}
