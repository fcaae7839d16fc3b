import WarrenObservation
import WarrenPrimitives

extension Scenario {
    /// Reads `load`, a stream or a list of them; an empty one is none.
    mutating func readLoads(_ reader: inout MapReader) {
        guard let found = reader.optional("load") else { return }
        if found.entries?.isEmpty ?? false { return }
        loads = reader.withProblems { problems in
            guard found.items != nil else { return Self.load(found, &problems).map { [$0] } ?? [] }
            return problems.list(found, named: "load", limit: Load.limit) { item, problems in
                Self.load(item, &problems)
            } ?? []
        }
    }

    private static func load(_ item: Document, _ problems: inout DocumentProblems) -> Load? {
        problems.map(item, as: "a load") { reader in
            let rate = reader.required("rate", in: "a load").flatMap { found in
                reader.withProblems { $0.rate(found) }
            }
            let size = reader.optional("size").flatMap { found in
                reader.withProblems { $0.size(found) }
            }
            let to = reader.nodes("to")
            let at = reader.duration("at", in: .zero...Fault.timeLimit)
            let duration = reader.duration("for", in: .milliseconds(1)...Fault.timeLimit)
            guard let rate else { return nil }
            return Load(
                rate: rate,
                size: size ?? Load.defaultSize,
                to: to,
                at: at ?? Load.defaultStart,
                for: duration,
                line: item.line
            )
        }
    }

    /// Every load must mean somebody, and find blocks to go into, before anything starts.
    func checkLoads(_ problems: inout DocumentProblems) {
        guard !loads.isEmpty else { return }
        let population = population
        let hasProducers = population.nodes.contains { $0.role == .blockProducer }
        for load in loads {
            guard hasProducers else {
                problems.add(
                    line: load.line,
                    "load: nobody here makes blocks, so transactions go nowhere",
                    expected: "a group of role block-producer"
                )
                continue
            }
            if load.size > chain.maxBodySize - Load.framing {
                problems.add(
                    line: load.line,
                    "load: 'size' is \(load.size)B, and a block has room for "
                        + "\(chain.maxBodySize) bytes",
                    expected: "at most \(chain.maxBodySize - Load.framing)B",
                    hint: "or a larger 'chain.maxBodySize'"
                )
            }
            do throws(ExpectationError) {
                _ = try load.members(of: population)
            } catch {
                problems.add(line: load.line, "load: \(error)")
            }
        }
    }

    var loadsDocument: Document? {
        switch loads.count {
        case 0: nil
        case 1: loads[0].document
        default: .list(loads.map(\.document))
        }
    }
}

extension Scenario.Load {
    fileprivate var document: Document {
        var entries: [Document.Entry] = [
            .init("rate", .text(Quantity.spelled(rate))), .init("size", .text("\(size)B")),
        ]
        if let to { entries.append(.init("to", .text(to))) }
        entries.append(.init("at", .text(Quantity.spelled(at))))
        if let duration { entries.append(.init("for", .text(Quantity.spelled(duration)))) }
        return .map(entries)
    }
}

extension DocumentProblems {
    fileprivate mutating func rate(_ found: Document) -> Quantity.Rate? {
        if let rate = found.string.flatMap(Quantity.rate), Scenario.Load.isAllowed(rate) {
            return rate
        }
        add(
            at: found,
            "'rate' is \(found.spoken)",
            expected: "a rate such as 10/s or 30/m, at most \(Scenario.Load.rateLimit)/s"
        )
        return nil
    }

    fileprivate mutating func size(_ found: Document) -> Int? {
        let read: Int64? =
            switch found.value {
            case .integer(let number): number
            case .string(let text): Quantity.size(text)
            case .null, .bool, .decimal, .list, .map: nil
            }
        let sizes = Scenario.Load.sizes
        if let read, let size = Int(exactly: read), sizes.contains(size) { return size }
        add(
            at: found,
            "'size' is \(found.spoken)",
            expected: "a size from \(sizes.lowerBound)B to \(sizes.upperBound)B"
        )
        return nil
    }
}
