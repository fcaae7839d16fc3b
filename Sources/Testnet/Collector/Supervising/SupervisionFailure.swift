package import WarrenObservation

/// Why a run could not be supervised to its end.
package enum SupervisionFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case expectation(ExpectationError)
    case query(String, RecordingFlaw)
    case recording(RecordingFlaw)

    package var description: String {
        switch self {
        case .expectation(let error): "\(error)"
        case .query(let sql, let flaw): "sql: '\(sql.prefix(200))': \(flaw)"
        case .recording(let flaw): "\(flaw)"
        }
    }
}
