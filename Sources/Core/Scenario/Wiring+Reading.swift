import WarrenObservation
import WarrenPrimitives

extension Scenario {
    /// Reads `topology`: a word such as `ring`, or a map.
    static func readWiring(_ reader: inout MapReader) -> Wiring {
        guard let found = reader.optional("topology") else { return Wiring() }
        if found.string != nil {
            var wiring = Wiring()
            let word: Shape.Word? = reader.withProblems { $0.word(found, named: "topology") }
            guard let word else { return wiring }
            reader.withProblems { problems in
                problems.map(Document(.map([]), line: found.line), as: "") { reader in
                    wiring.shape = shape(word, &reader)
                }
            }
            return wiring
        }
        return reader.withProblems { problems in
            problems.map(found, as: "'topology'") { reader in
                var wiring = Wiring()
                let word: Shape.Word? = reader.word("shape")
                let usual: Shape.Word = reader.keys.contains("edges") ? .edges : .none
                wiring.shape = shape(word ?? usual, &reader)
                wiring.among = reader.selectors("among")
                wiring.valency = reader.integer("valency", in: 1...Shape.edgeLimit)
                wiring.isApart = reader.bool("apart") ?? false
                return wiring
            }
        }
    }

    private static func shape(_ word: Shape.Word, _ reader: inout MapReader) -> Shape {
        func degree() -> Int? { reader.integer("degree", in: 1...1000) }
        func width() -> Int? { reader.integer("width", in: 1...nodeLimit) }
        switch word {
        case .none: return .none
        case .line: return .line
        case .ring: return .ring
        case .star: return .star
        case .mesh: return .mesh
        case .tree: return .tree(branching: degree())
        case .smallWorld: return .smallWorld(degree: degree())
        case .randomRegular: return .randomRegular(degree: degree())
        case .scaleFree: return .scaleFree(degree: degree())
        case .grid: return .grid(width: width())
        case .torus: return .torus(width: width())
        case .edges:
            let edges = reader.list("edges", limit: Shape.edgeLimit) { item, problems in
                edge(item, &problems)
            }
            return .edges(edges ?? [])
        }
    }

    /// `[a, b]` or `a - b`, both ways; `a -> b`, one way.
    private static func edge(_ item: Document, _ problems: inout DocumentProblems) -> Shape.Edge? {
        if let pair = item.items, pair.count == 2, let from = pair[0].string,
            let to = pair[1].string
        {
            return Shape.Edge(from, to)
        }
        let words = item.string?.split(separator: " ").map(String.init) ?? []
        if words.count == 3, ["-", "--", "<->"].contains(words[1]) {
            return Shape.Edge(words[0], words[2])
        }
        if words.count == 3, words[1] == "->" {
            return Shape.Edge(words[0], words[2], goesBothWays: false)
        }
        problems.add(
            at: item,
            "an edge is \(item.spoken)",
            expected: "[relay-1, relay-2], 'relay-1 - relay-2' or 'relay-1 -> relay-2'"
        )
        return nil
    }
}

extension MapReader {
    /// One selector, several with commas between them, or a list of them.
    mutating func selectors(_ key: String) -> [String]? {
        guard let found = optional(key) else { return nil }
        return withProblems { problems in
            let list = found.items == nil ? Document.list([found]) : found
            let texts = problems.list(list, named: key, limit: Scenario.nodeLimit) {
                $1.string($0, named: key)
            }
            return texts.map { texts in
                texts.flatMap { $0.split(separator: ",") }.map { piece in
                    String(piece.drop { $0 == " " }.prefix { $0 != " " })
                }
            }
        }
    }
}
