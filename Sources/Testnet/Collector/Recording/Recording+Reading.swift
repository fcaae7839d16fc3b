import GRDB
package import WarrenObservation
import WarrenPrimitives

extension Recording {
    /// Facts read at once.
    private static let pageSize: Int64 = 2000

    /// Every fact in the order in which it was judged; never more in memory than a page of them.
    ///
    /// Snapshots of which only the counts were kept are left out: they told nothing new.
    package func forEachFact(_ body: (Fact) throws -> Void) throws(RecordingFlaw) {
        try forEachFact(of: nil, body)
    }

    /// What of a recording is read, where not all of it is.
    struct Extract {
        var node: Int
        /// The last instant that counts.
        var end: Instant
        /// The number of the one snapshot that is read with all its rows.
        var snapshot: Int64?
    }

    /// As ``forEachFact(_:)``, of one node alone if `extract` says so.
    func forEachFact(
        of extract: Extract?,
        _ body: (Fact) throws -> Void
    ) throws(RecordingFlaw) {
        let last = try read { try Int64.fetchOne($0, sql: "SELECT fact_count FROM runs") } ?? 0
        var first: Int64 = 1
        while first <= last {
            let end = first + Self.pageSize
            let page = try read { try Self.facts($0, from: first, before: end, of: extract) }
            do {
                for fact in page { try body(fact) }
            } catch {
                throw .unusable(path: path, Self.words(of: error))
            }
            first = end
        }
    }

    /// Where to go on with each node's events, by its number.
    package func positions() throws(RecordingFlaw) -> [Int: EventPosition] {
        let rows = try read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT number, incarnation, sequence FROM nodes WHERE incarnation IS NOT NULL"
            )
        }
        var found: [Int: EventPosition] = [:]
        for row in rows {
            guard let number = row["number"] as Int?, let text = row["incarnation"] as String?,
                let incarnation = Incarnation(text), let sequence = row["sequence"] as Int64?
            else { continue }
            found[number] = EventPosition(
                incarnation: incarnation.number,
                sequence: UInt64(clamping: sequence)
            )
        }
        return found
    }

    private static func facts(
        _ db: Database,
        from first: Int64,
        before end: Int64,
        of extract: Extract?
    ) throws -> [Fact] {
        var found: [(number: Int64, fact: Fact)] = []
        // The plus signs keep the query on the numbers, whatever indices there are.
        var bounds: StatementArguments = [first, end]
        if let extract { bounds += [extract.node, extract.end.nanoseconds] }
        func each(_ table: String, _ fact: (Row) throws -> Fact.What?) throws {
            let rows = try Row.fetchCursor(
                db,
                sql: "SELECT * FROM \(table) WHERE number >= ? AND number < ?"
                    + (extract == nil ? "" : " AND +node = ? AND +at <= ?"),
                arguments: bounds
            )
            while let row = try rows.next() {
                guard let what = try fact(row) else { continue }
                let at = Instant(nanoseconds: row["at"] as Int64)
                found.append((row["number"], Fact(at: at, what)))
            }
        }
        try each("transition_facts") { .node($0["node"], .event(try event($0))) }
        try each("event_facts") { row in
            .node(row["node"], .event(try JSONText.value(Event.self, in: row["body"])))
        }
        try each("snapshots") { row in
            if let extract, extract.snapshot != row["number"] as Int64 { return nil }
            guard let body = row["body"] as String? else { return nil }
            return .node(row["node"], .snapshot(try JSONText.value(Snapshot.self, in: body)))
        }
        try each("gaps") { .node($0["node"], .gap) }
        try each("healths") { row in
            HealthWord(rawValue: row["health"]).map { .node(row["node"], $0.fact) }
        }
        guard extract == nil else { return found.sorted { $0.number < $1.number }.map(\.fact) }
        try each("answers") { row in
            .answered(query: row["query"], (row["answer"] as Int?).map { $0 != 0 })
        }
        try each("faults") { FaultLine($0)?.fact.what }
        return found.sorted { $0.number < $1.number }.map(\.fact)
    }

    /// A row of `transition_facts` as the event that it was.
    private static func event(_ row: Row) throws -> Event {
        guard let incarnation = Incarnation(row["incarnation"] as String),
            let from = Temperature(rawValue: row["was"]),
            let to = Temperature(rawValue: row["became"]),
            let source = PeerSource(rawValue: row["source"]),
            let reason = Reason(code: row["reason"], detail: row["detail"])
        else {
            throw DatabaseError(message: "transition \(row["number"] as Int64) makes no sense")
        }
        let peer = PeerReference(
            peer: PeerID(rawValue: UInt32(clamping: row["peer"] as Int64)),
            id: (row["peer_id"] as String?).flatMap { NodeID($0) },
            address: row["peer_address"]
        )
        let transition = Transition(
            peer: peer,
            from: from,
            to: to,
            reason: reason,
            source: source,
            direction: (row["direction"] as String?).flatMap(Direction.init(rawValue:))
        )
        return Event(
            incarnation: incarnation.number,
            sequence: UInt64(clamping: row["sequence"] as Int64),
            at: Instant(nanoseconds: row["told_at"]),
            note: .transition(transition)
        )
    }
}
