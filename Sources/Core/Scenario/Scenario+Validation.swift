package import WarrenObservation
import WarrenPrimitives

extension Scenario {
    /// What no single key can say: whether names mean somebody, and numbers fit each other.
    func validate(_ document: Document, _ problems: inout DocumentProblems) {
        checkNames(document, &problems)
        checkTargets(document, &problems)
        checkBehind(document, &problems)
        checkWiring(document, &problems)
        checkRoots(document, &problems)
        checkFaults(&problems)
        checkLoads(&problems)
        checkExpectations(&problems)
    }

    private func place(_ document: Document, _ path: String...) -> Document {
        var place = document
        for key in path {
            guard let inner = place[key] else { return place }
            place = inner
        }
        return place
    }

    /// A name must mean the same nodes, whatever it is taken for.
    ///
    /// Source: design §9.
    private func checkNames(_ document: Document, _ problems: inout DocumentProblems) {
        let members = members
        var meaning: [String: (kind: String, places: [Int])] = [:]
        func claim(_ name: String, _ kind: String, _ places: [Int]) {
            guard let other = meaning.updateValue((kind, places), forKey: name),
                other.places != places
            else { return }
            problems.add(
                at: place(document, "nodes", name),
                "'\(name)' is both \(other.kind) and \(kind), and they are not the same nodes",
                hint: "rename one of them"
            )
        }
        var byName: [String: [Int]] = [:]
        var byRole: [Role: [Int]] = [:]
        var byRegion: [String: [Int]] = [:]
        for (index, member) in members.enumerated() {
            byName[member.group, default: []].append(index)
            byRole[member.role, default: []].append(index)
            if let region = member.region { byRegion[region, default: []].append(index) }
        }
        for role in Role.allCases { claim(role.rawValue, "a role", byRole[role] ?? []) }
        for group in groups { claim(group.name, "a group", byName[group.name] ?? []) }
        for region in byRegion.keys.sorted() {
            claim(region, "a region", byRegion[region] ?? [])
        }
        for (index, member) in members.enumerated() where meaning[member.name] != nil {
            claim(member.name, "a node", [index])
        }
        let reserved = Set(Expectation.keywords + [Group.open])
        for name in meaning.keys.sorted() where reserved.contains(name) {
            problems.add(
                at: place(document, "nodes", name),
                "'\(name)' is a word of expectations",
                expected: "another name"
            )
        }
    }

    /// Source: O§3.2.
    private func checkTargets(_ document: Document, _ problems: inout DocumentProblems) {
        func check(_ targets: Targets, at place: Document) {
            let order = [
                ("active", targets.active, "established", targets.established),
                ("established", targets.established, "known", targets.known),
                ("root", targets.root, "known", targets.known),
            ]
            for (low, value, high, limit) in order where value > limit {
                problems.add(
                    at: place,
                    "the target '\(low)' is \(value), above '\(high)' at \(limit)",
                    expected: "active ≤ established ≤ known, and root ≤ known"
                )
            }
        }
        check(defaults.targets, at: place(document, "defaults", "targets"))
        for group in groups {
            if let own = group.targets {
                check(own, at: place(document, "nodes", group.name, "targets"))
            }
        }
    }

    private func checkBehind(_ document: Document, _ problems: inout DocumentProblems) {
        let members = members
        for group in groups {
            guard let behind = group.behind else { continue }
            let at = place(document, "nodes", group.name, "behind")
            let known = groups.map(\.name)
            guard let places = places(named: behind) else {
                problems.add(
                    at: at,
                    "'behind' is '\(Document.clipped(behind))', which is nobody here",
                    expected: "a group of relays",
                    hint: nearest(to: behind, among: known).map { "did you mean '\($0)'?" }
                )
                continue
            }
            guard
                places.allSatisfy({ members[$0].role == .relay && members[$0].group != group.name })
            else {
                problems.add(
                    at: at,
                    "'behind' is '\(behind)', and not all of them are relays in front",
                    expected: "another group, of role relay"
                )
                continue
            }
            let said = document["nodes"]?[group.name]?["valency"]
            if let said, group.valency > places.count {
                problems.add(
                    at: said,
                    "'valency' is \(group.valency), but '\(behind)' has only \(places.count)",
                    expected: "at most \(places.count)"
                )
            }
        }
    }

    private func checkWiring(_ document: Document, _ problems: inout DocumentProblems) {
        let at = place(document, "topology")
        for name in topology.among ?? [] where places(named: name) == nil {
            complain("'among'", name, at: place(document, "topology", "among"), &problems)
        }
        if topology.isApart, !(1...Self.groupLimit).contains(topology.among?.count ?? 0) {
            return problems.add(
                at: place(document, "topology", "apart"),
                "'apart' is true, and 'among' names \(topology.among?.count ?? 0) parts",
                expected: "1 to \(Self.groupLimit) names"
            )
        }
        let counts = parts.map(\.count)
        let count = counts.reduce(0, +)
        let edges = counts.reduce(0) { $0 + topology.shape.edgeBound(among: $1) }
        if edges > Shape.edgeLimit {
            problems.add(
                at: at,
                "the shape \(topology.shape.word.rawValue) of \(count) nodes has \(edges) routes",
                expected: "at most \(Shape.edgeLimit)"
            )
        }
        for part in Set(counts).sorted() {
            checkDegree(part, at: place(document, "topology", "degree"), &problems)
        }
        guard case .edges(let edges) = topology.shape else { return }
        let names = Set(members.map(\.name))
        let items = document["topology"]?["edges"]?.items ?? []
        for (index, edge) in edges.enumerated() {
            let at = index < items.count ? items[index] : at
            for name in [edge.from, edge.to] where !names.contains(name) {
                problems.add(
                    at: at,
                    "the edge has '\(Document.clipped(name))', which is no node here",
                    hint: nearest(to: name, among: names.sorted()).map { "did you mean '\($0)'?" }
                )
            }
            if edge.from == edge.to {
                problems.add(at: at, "the edge joins '\(Document.clipped(edge.from))' to itself")
            }
        }
    }

    private func checkDegree(_ count: Int, at place: Document, _ problems: inout DocumentProblems) {
        // A degree that the file leaves out gives way to the size of the network.
        guard case .integer(let degree) = place.value else { return }
        switch topology.shape {
        case .smallWorld, .randomRegular, .scaleFree:
            if degree > count - 1 {
                problems.add(
                    at: place,
                    "'degree' is \(degree), but only \(count) nodes take part",
                    expected: "at most \(max(count - 1, 0))"
                )
            }
        case .none, .line, .ring, .star, .mesh, .tree, .grid, .torus, .edges: break
        }
        if case .randomRegular = topology.shape, !(Int(degree) * count).isMultiple(of: 2) {
            problems.add(
                at: place,
                "'degree' is \(degree) and \(count) nodes take part",
                expected: "one of the two to be even, as every route has two ends"
            )
        }
    }

    /// Each must be a sentence, and mean somebody here, before anything starts.
    private func checkExpectations(_ problems: inout DocumentProblems) {
        func complain(_ sentence: Sentence, _ error: ExpectationError) {
            problems.add(
                line: sentence.line,
                "expectation '\(Document.clipped(sentence.text, limit: 100))': \(error)"
            )
        }
        var parsed: [(Sentence, Expectation)] = []
        for sentence in expectations {
            do throws(ExpectationError) {
                parsed.append((sentence, try Expectation(sentence.text)))
            } catch {
                complain(sentence, error)
            }
        }
        guard !parsed.isEmpty else { return }
        let population = population
        // All at once first: a judge is as large as the network.
        let faults = faultNames
        guard (try? Judge(parsed.map(\.1), of: population, faults: faults)) == nil else { return }
        for (sentence, expectation) in parsed {
            do throws(ExpectationError) {
                _ = try Judge([expectation], of: population, faults: faults)
            } catch {
                complain(sentence, error)
            }
        }
    }

    /// The nodes as expectations see them; ids come with the keys.
    package var population: Population {
        Population(
            members.map {
                DeclaredNode(name: $0.name, group: $0.group, role: $0.role, region: $0.region)
            }
        )
    }
}
