package import WarrenObservation
package import WarrenPrimitives

/// How the nodes carried themselves, as people read it below the verdicts.
package struct ConductText: Sendable {
    /// Offences that are shown one by one.
    private static let limit = 5

    private let conduct: Conduct
    private let names: [String]
    private let zero: Instant?

    /// `names` are the nodes', in their order; times count from `zero`.
    package init(_ conduct: Conduct, names: [String], zero: Instant?) {
        self.conduct = conduct
        self.names = names
        self.zero = zero
    }

    /// Nothing where nothing was told.
    package func lines(paint: Paint = .none) -> [String] {
        guard !conduct.offences.isEmpty else {
            guard conduct.stepCount > 0 else { return [] }
            let steps = conduct.stepCount == 1 ? "1 step" : "\(conduct.stepCount) steps"
            let word = paint(.green, "checked")
            return ["  \(word) \(steps) of connections: none that the protocol forbids"]
        }
        let word = paint(.red, "error".padded(to: 7))
        var lines = conduct.offences.prefix(Self.limit).map { offence in
            "  \(word) " + "\(subject(of: offence)): \(offence.words)".printable
        }
        let rest = conduct.offences.count - lines.count
        if rest > 0 { lines.append("  \(word) and \(rest) more: table errors of the recording") }
        return lines
    }

    private func subject(of offence: Conduct.Offence) -> String {
        let name = names.indices.contains(offence.node) ? names[offence.node] : "a stranger"
        guard let zero else { return name }
        return "\(name) at t=\(DurationText.point(zero.duration(to: offence.at)))"
    }
}

/// The same as JSON has it.
package struct ConductRow: Hashable, Sendable, Codable {
    package var stepsChecked: Int
    package var errors: [Offence]

    package struct Offence: Hashable, Sendable, Codable {
        package var node: String
        /// Nanoseconds since the Unix epoch, on the observer's clock.
        package var at: Int64
        package var words: String
    }

    package init(_ conduct: Conduct, names: [String]) {
        stepsChecked = conduct.stepCount
        errors = conduct.offences.map { offence in
            Offence(
                node: names.indices.contains(offence.node) ? names[offence.node] : "",
                at: offence.at.nanoseconds,
                words: offence.words
            )
        }
    }
}
