import WarrenObservation
package import WarrenScenario

/// What became of transactions that were submitted, as people read it.
package struct LoadText: Sendable {
    private let tally: LoadTally

    /// `tallies` are those of all loads of a run.
    package init(_ tallies: [LoadTally]) {
        tally = tallies.reduce(into: LoadTally()) { $0 += $1 }
    }

    /// `300 sent, 297 accepted, 2 unanswered, 1 known already, 4 not sent in time`.
    package var words: String {
        var parts = ["\(tally.sentCount) sent", "\(tally.acceptedCount) accepted"]
        parts += tally.refusals.map { "\($0.count) \($0.reason.words)" }
        if tally.unsentCount > 0 { parts.append("\(tally.unsentCount) not sent in time") }
        return parts.joined(separator: ", ")
    }

    /// Below the verdicts of a run; nothing where nothing was to be sent.
    package func lines(paint: Paint = .none) -> [String] {
        guard tally != LoadTally() else { return [] }
        let word = paint(tally.isClean ? .green : .yellow, "load".padded(to: 7))
        return ["  \(word) \(words)"]
    }
}

/// The same as JSON has it.
package struct LoadRow: Hashable, Sendable, Codable {
    package var sent: Int
    package var accepted: Int
    /// What was not accepted, by the reason.
    package var refused: [String: Int]
    /// Left out, because nobody got round to it in time.
    package var unsent: Int

    package init(_ tally: LoadTally) {
        sent = tally.sentCount
        accepted = tally.acceptedCount
        refused = [:]
        unsent = tally.unsentCount
        for (reason, count) in tally.refusals { refused[reason.rawValue] = count }
    }
}
