import WarrenObservation
import WarrenPrimitives

extension Scenario {
    /// Reads `faults`, once the nodes are known.
    mutating func readFaults(_ reader: inout MapReader) {
        faults =
            reader.list("faults", limit: Fault.limit) { item, problems in
                Self.fault(item, &problems)
            } ?? []
    }

    static func fault(
        _ item: Document,
        _ problems: inout DocumentProblems
    ) -> Fault? {
        problems.map(item, as: "a fault") { reader in
            let times = Duration.zero...Fault.timeLimit
            let at =
                reader.required("at", in: "a fault") == nil ? nil : reader.duration("at", in: times)
            var name: String?
            if let found = reader.optional("name") {
                name = reader.withProblems { problems in
                    problems.string(found, named: "name").flatMap {
                        problems.name($0, at: found, called: "the fault")
                    }
                }
            }
            let duration = reader.duration("for", in: .milliseconds(1)...Fault.timeLimit)
            let action = action(&reader)
            guard let at, let action else { return nil }
            if case .restart = action, let found = reader.optional("for") {
                reader.withProblems {
                    $0.add(
                        at: found,
                        "'for' means nothing to a restart, which is over at once",
                        hint: "use 'stop' for a node that is to stay away"
                    )
                }
            }
            return Fault(name: name, at: at, for: duration, action, line: item.line)
        }
    }

    /// The words that say what a fault does.
    private enum Verb: String, CaseIterable {
        case kill
        case stop
        case pause
        case restart
        case cut
        case degrade
        case slow
        case skew
    }

    private static func action(_ reader: inout MapReader) -> Fault.Action? {
        let said = Verb.allCases.filter { reader.optional($0.rawValue) != nil }
        let mode = mode(&reader, isCut: said.contains(.cut))
        guard let verb = said.first, said.count == 1 else {
            let place = reader.place
            let words = Verb.allCases.map(\.rawValue).joined(separator: ", ")
            let found = said.map { "'\($0.rawValue)'" }.joined(separator: " and ")
            reader.withProblems {
                $0.add(
                    at: place,
                    said.isEmpty ? "a fault says nothing to do" : "a fault says \(found)",
                    expected: "one of \(words)"
                )
            }
            return nil
        }
        switch verb {
        case .kill: return reader.nodes(verb.rawValue).map(Fault.Action.kill)
        case .stop: return reader.nodes(verb.rawValue).map(Fault.Action.stop)
        case .pause: return reader.nodes(verb.rawValue).map(Fault.Action.pause)
        case .restart: return reader.nodes(verb.rawValue).map(Fault.Action.restart)
        case .cut:
            return reader.sides(verb.rawValue, mayBeOneWay: true).map {
                .cut($0.one, $0.other, mode: mode, oneWay: $0.isOneWay)
            }
        case .degrade, .slow: return degradation(verb.rawValue, &reader)
        case .skew: return skew(&reader)
        }
    }

    private static func mode(_ reader: inout MapReader, isCut: Bool) -> Fault.CutMode {
        guard let found = reader.optional("mode") else { return .hang }
        guard isCut else {
            reader.withProblems { $0.add(at: found, "'mode' is for a fault that cuts") }
            return .hang
        }
        return reader.word("mode") ?? .hang
    }

    private static func degradation(_ verb: String, _ reader: inout MapReader) -> Fault.Action? {
        let read = reader.map(verb) { reader -> Fault.Action? in
            let between = reader.required("between", in: "'\(verb)'")
            let sides = between == nil ? nil : reader.sides("between", mayBeOneWay: false)
            let words = LinkWords(&reader)
            if words.isEmpty {
                let place = reader.place
                reader.withProblems {
                    $0.add(
                        at: place,
                        "'\(verb)' says nothing of the links",
                        expected: "rtt, jitter, loss or bandwidth"
                    )
                }
            }
            return sides.map { .degrade($0.one, $0.other, words.over(.perfect)) }
        }
        return read ?? nil
    }

    private static func skew(_ reader: inout MapReader) -> Fault.Action? {
        let read = reader.map("skew") { reader -> Fault.Action? in
            let who = reader.required("of", in: "'skew'") == nil ? nil : reader.nodes("of")
            let found = reader.required("by", in: "'skew'")
            guard let found else { return nil }
            let by = reader.withProblems { problems in offset(found, &problems) }
            guard let who, let by else { return nil }
            return .skew(who, by)
        }
        return read ?? nil
    }

    /// A duration that may have a sign: late clocks are below zero.
    private static func offset(
        _ found: Document,
        _ problems: inout DocumentProblems
    ) -> Duration? {
        let text: String? =
            switch found.value {
            case .integer(let number): "\(number)s"
            case .decimal(let text): text + "s"
            case .string(let text): text
            case .null, .bool, .list, .map: nil
            }
        if let text {
            let isLate = text.hasPrefix("-")
            let size = Quantity.duration(isLate ? String(text.dropFirst()) : text)
            if let size, size > .zero, size <= Fault.skewLimit {
                return isLate ? .zero - size : size
            }
        }
        problems.add(
            at: found,
            "'by' is \(found.spoken)",
            expected: "a duration from -\(Quantity.spelled(Fault.skewLimit)) to "
                + "\(Quantity.spelled(Fault.skewLimit)) that is not zero, such as 2s or -500ms"
        )
        return nil
    }
}

/// Both sides of a cut, as selectors.
private struct Sides {
    var one: String
    /// Empty for everybody else.
    var other: String
    var isOneWay: Bool
}

extension MapReader {
    /// The nodes that are meant: a selector, or a list of them.
    mutating func nodes(_ key: String) -> String? {
        guard let found = optional(key) else { return nil }
        return withProblems { problems in
            let list = found.items == nil ? Document.list([found]) : found
            let texts = problems.list(list, named: key, limit: Scenario.nodeLimit) {
                $1.string($0, named: key)
            }
            guard let texts else { return nil }
            if texts.isEmpty {
                problems.add(at: found, "'\(key)' is \(found.spoken)", expected: "some nodes")
                return nil
            }
            return texts.joined(separator: ", ")
        }
    }

    /// `eu | us` both ways, `eu > us` one way, `relay-1` from everybody else.
    fileprivate mutating func sides(_ key: String, mayBeOneWay: Bool) -> Sides? {
        guard let found = optional(key) else { return nil }
        return withProblems { problems in
            guard let text = problems.string(found, named: key) else { return nil }
            let bars = text.split(separator: "|", omittingEmptySubsequences: false)
            let arrows = text.split(separator: ">", omittingEmptySubsequences: false)
            let pieces = (bars.count > 1 ? bars : arrows).map(Scenario.trimmed)
            let isOneWay = bars.count == 1 && arrows.count > 1
            let isRight =
                pieces.count <= 2 && !pieces.contains("") && (bars.count == 1 || arrows.count == 1)
            guard isRight, mayBeOneWay || !isOneWay else {
                problems.add(
                    at: found,
                    "'\(key)' is \(found.spoken)",
                    expected: mayBeOneWay
                        ? "'eu | us' both ways, 'eu > us' one way, or one side alone"
                        : "'eu | us', or one side alone"
                )
                return nil
            }
            return Sides(
                one: pieces[0],
                other: pieces.count == 2 ? pieces[1] : "",
                isOneWay: isOneWay
            )
        }
    }
}
