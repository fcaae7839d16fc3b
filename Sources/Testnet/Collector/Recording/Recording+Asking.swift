import GRDB
package import WarrenObservation
import WarrenPrimitives

extension Recording {
    /// The answer to a query.
    package struct Answer: Hashable, Sendable {
        package var columns: [String]
        package var rows: [[Cell]]
        /// More rows were there than asked for.
        package var isCut: Bool
    }

    package enum Cell: Hashable, Sendable, CustomStringConvertible {
        case null
        case integer(Int64)
        case real(Double)
        case text(String)
        case bytes(Int)

        package var description: String {
            switch self {
            case .null: "null"
            case .integer(let value): "\(value)"
            case .real(let value): "\(value)"
            case .text(let value): value
            case .bytes(let count): "\(count) bytes"
            }
        }

        /// Neither zero nor null; text counts as the number that it begins with, as in SQL.
        package var isTrue: Bool {
            switch self {
            case .null, .bytes: false
            case .integer(let value): value != 0
            case .real(let value): value != 0
            case .text(let text): text.leadingNumber.map { $0 != 0 } ?? false
            }
        }
    }

    /// How long a query may take, and how many rows it may answer, unless told otherwise.
    package static let queryTimeLimit: Duration = .seconds(2)
    package static let queryRowLimit = 1000

    /// Runs one query that only reads.
    package func query(
        _ sql: String,
        rowLimit: Int = queryRowLimit,
        timeLimit: Duration = queryTimeLimit
    ) async throws(RecordingFlaw) -> Answer {
        let reader = reader
        let result = await withTaskGroup(of: Result<Answer, RecordingFlaw>?.self) { group in
            group.addTask {
                do {
                    return .success(try await reader.read { try Self.ask($0, sql, rowLimit) })
                } catch is CancellationError {
                    return .failure(.tooSlow(limit: timeLimit))
                } catch let flaw as RecordingFlaw {
                    return .failure(flaw)
                } catch {
                    return .failure(.badQuery(Self.words(of: error)))
                }
            }
            group.addTask {
                try? await Task.sleep(for: timeLimit)
                return nil
            }
            // If time runs out first, cancelling interrupts the query, which then says so.
            var answer = await group.next() ?? nil
            group.cancelAll()
            while answer == nil, let next = await group.next() { answer = next }
            return answer ?? .failure(.tooSlow(limit: timeLimit))
        }
        return try result.get()
    }

    /// Whether the first column of the first row is neither zero nor null.
    package func truth(of sql: String) async throws(RecordingFlaw) -> Bool {
        try await query(sql, rowLimit: 1).rows.first?.first?.isTrue ?? false
    }

    /// How the nodes carried themselves, as far as it is written down.
    package func conduct() throws(RecordingFlaw) -> Conduct {
        try read { db in
            let steps = "SELECT count(*) FROM event_facts WHERE kind IN ('connection', 'inbound')"
            let offences = """
                SELECT at, node, words FROM errors WHERE kind IN ('contradiction', 'misstep')
                ORDER BY at, node, rowid
                """
            return Conduct(
                stepCount: try Int.fetchOne(db, sql: steps) ?? 0,
                offences: try Row.fetchAll(db, sql: offences).map { row in
                    Conduct.Offence(
                        at: Instant(nanoseconds: row["at"]),
                        node: row["node"],
                        words: row["words"]
                    )
                }
            )
        }
    }

    private static func ask(_ db: Database, _ sql: String, _ rowLimit: Int) throws -> Answer {
        let statement: Statement
        do {
            statement = try db.makeStatement(sql: sql)
        } catch {
            throw RecordingFlaw.badQuery(words(of: error))
        }
        guard statement.isReadonly else {
            throw RecordingFlaw.badQuery("it would write: expected a SELECT")
        }
        guard statement.arguments.isEmpty else {
            throw RecordingFlaw.badQuery("it has parameters, and nothing fills them in")
        }
        var answer = Answer(columns: statement.columnNames, rows: [], isCut: false)
        guard !answer.columns.isEmpty else {
            throw RecordingFlaw.badQuery("it answers no columns: expected a SELECT")
        }
        let rows = try Row.fetchCursor(statement)
        while let row = try rows.next() {
            guard answer.rows.count < rowLimit else {
                answer.isCut = true
                break
            }
            answer.rows.append(row.databaseValues.map(Cell.init))
        }
        return answer
    }
}

extension Recording.Cell {
    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let value): self = .integer(value)
        case .double(let value): self = .real(value)
        case .string(let value): self = .text(value)
        case .blob(let value): self = .bytes(value.count)
        }
    }
}

extension String {
    fileprivate var leadingNumber: Double? {
        Double(drop { $0 == " " }.prefix { $0.isASCII && ($0.isNumber || ".+-".contains($0)) })
    }
}
