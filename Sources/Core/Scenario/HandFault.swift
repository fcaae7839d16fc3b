package import WarrenObservation
package import WarrenPrimitives

/// A fault that somebody asks for by hand while a network runs.
///
/// It is what an item of a scenario's `faults` is, but that it begins when it is accepted. Sources:
/// design §8, §17.11.
package struct HandFault: Hashable, Sendable {
    /// What expectations call it.
    package var name: String
    /// Its `at` is zero: it counts from when it is accepted.
    package var fault: Scenario.Fault
    /// When the supervisor took it on; nil before.
    package var acceptedAt: Instant?

    package static let schema = "warren/fault/1"

    package init(name: String, fault: Scenario.Fault, acceptedAt: Instant? = nil) {
        self.name = name
        self.fault = fault
        self.fault.name = name
        self.acceptedAt = acceptedAt
    }

    package func resolved(in population: Population) throws(ExpectationError) -> ResolvedFault {
        try fault.resolved(as: name, in: population)
    }

    /// As it lies in a run's directory.
    package var document: Document {
        var entries: [Document.Entry] = [.init("schema", .text(Self.schema))]
        if let acceptedAt { entries.append(.init("acceptedAt", .number(acceptedAt.nanoseconds))) }
        entries.append(.init("fault", fault.document))
        return .map(entries)
    }

    /// Reads what ``document`` wrote; `file` is named in errors.
    package static func read(
        _ document: Document,
        file: String
    ) throws(DocumentErrors) -> HandFault {
        var problems = DocumentProblems(file: file)
        let found = problems.map(document, as: "a fault by hand") { reader -> HandFault? in
            let schema = reader.string("schema")
            let instants = 0...Int(Int64.max)
            let acceptedAt = reader.integer("acceptedAt", in: instants, unit: "instant")
            guard let item = reader.required("fault", in: "a fault by hand") else { return nil }
            let fault = reader.withProblems { Scenario.fault(item, &$0) }
            guard let fault, let name = fault.name, schema == Self.schema else {
                let place = reader.place
                reader.withProblems {
                    $0.add(
                        at: place,
                        "this is no fault by hand",
                        expected: "a fault with a name, and schema '\(Self.schema)'"
                    )
                }
                return nil
            }
            return HandFault(
                name: name,
                fault: fault,
                acceptedAt: acceptedAt.map { Instant(nanoseconds: Int64($0)) }
            )
        }
        try problems.check()
        guard let found else {
            throw DocumentErrors(DocumentError(file: file, line: 0, found: "no fault by hand"))
        }
        return found
    }
}

extension Scenario.Fault {
    /// Reads one fault as an item of `faults` is read; `file` is named in errors.
    package static func read(
        _ item: Document,
        file: String
    ) throws(DocumentErrors) -> Scenario.Fault {
        var problems = DocumentProblems(file: file)
        let fault = Scenario.fault(item, &problems)
        try problems.check()
        guard let fault else {
            throw DocumentErrors(DocumentError(file: file, line: 0, found: "no fault"))
        }
        return fault
    }
}
