import GRDB
package import WarrenObservation
import WarrenPrimitives

/// What the recording says of one fault at one instant.
package struct FaultLine: Hashable, Sendable {
    package var fact: Fact
    package var name: String

    /// Nil for a row that says nothing we know.
    init?(_ row: Row) {
        let name: String = row["name"]
        self.name = name
        let what: Fact.What
        switch FaultWord(rawValue: row["what"]) {
        case .started: what = .faultStarted(name)
        case .healed: what = .faultHealed(name)
        case .failed: what = .faultFailed(name, why: row["words"] as String? ?? "")
        case nil: return nil
        }
        fact = Fact(at: Instant(nanoseconds: row["at"]), what)
    }
}

extension Recording {
    /// What became of every fault so far, in the order in which it was judged.
    package func faults() throws(RecordingFlaw) -> [FaultLine] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM faults ORDER BY number")
                .compactMap(FaultLine.init)
        }
    }
}
