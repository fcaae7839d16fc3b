import Foundation
import GRDB
package import WarrenObservation
package import WarrenPrimitives

extension Recording {
    /// What is written in one transaction.
    package struct Batch: Hashable, Sendable {
        package var sightings: [Sighting] = []
        package var flaws: [NodeFlaw] = []
        package var peers: [PeerChange] = []
        package var verdicts: [VerdictLine] = []
        package var zero: Instant?

        package init() {}

        package var isEmpty: Bool {
            sightings.isEmpty && flaws.isEmpty && peers.isEmpty && verdicts.isEmpty && zero == nil
        }
    }

    /// A peer of a node as it now is; nil state: it is gone.
    package struct PeerChange: Hashable, Sendable {
        package var node: Int
        package var peer: PeerID
        package var state: PeerState?

        package init(node: Int, peer: PeerID, state: PeerState?) {
            self.node = node
            self.peer = peer
            self.state = state
        }
    }

    package struct VerdictLine: Hashable, Sendable {
        /// Which expectation, in their order.
        package var number: Int
        package var expectation: String
        /// Nil while it is undecided.
        package var verdict: Verdict?
        package var at: Instant?

        package init(_ number: Int, _ expectation: Expectation, _ verdict: Verdict?, at: Instant?) {
            self.number = number
            self.expectation = expectation.description
            self.verdict = verdict
            self.at = at
        }
    }

    package func write(_ batch: Batch) throws(RecordingFlaw) {
        guard !batch.isEmpty else { return }
        try write { db in
            var number = try Int64.fetchOne(db, sql: "SELECT fact_count FROM runs") ?? 0
            for sighting in batch.sightings {
                number += 1
                try Self.write(sighting, as: number, to: db)
            }
            try db.execute(sql: "UPDATE runs SET fact_count = ?", arguments: [number])
            if let zero = batch.zero {
                try db.execute(
                    sql: "UPDATE runs SET zero_at = ? WHERE zero_at IS NULL",
                    arguments: [zero.nanoseconds]
                )
            }
            for flaw in batch.flaws {
                try db.insert(
                    "INSERT INTO errors VALUES (?, ?, ?, ?)",
                    [flaw.at.nanoseconds, flaw.node, flaw.flaw.kind, flaw.flaw.description]
                )
            }
            for change in batch.peers { try Self.write(change, to: db) }
            for line in batch.verdicts { try Self.write(line, to: db) }
        }
    }

    /// Notes that the run is over.
    package func end(at now: Instant) throws(RecordingFlaw) {
        try write { db in
            try db.execute(sql: "UPDATE runs SET ended_at = ?", arguments: [now.nanoseconds])
        }
    }

    private static let faultRow = "INSERT INTO faults VALUES (?, ?, ?, ?, ?)"

    private static func write(_ sighting: Sighting, as number: Int64, to db: Database) throws {
        let at = sighting.fact.at.nanoseconds
        switch sighting.fact.what {
        case .node(let node, let fact):
            try write(fact, sighting.detail, of: node, at: at, as: number, to: db)
        case .faultStarted(let name):
            try db.insert(Self.faultRow, [number, at, name, FaultWord.started.rawValue, nil])
        case .faultHealed(let name):
            try db.insert(Self.faultRow, [number, at, name, FaultWord.healed.rawValue, nil])
        case .faultFailed(let name, let why):
            try db.insert(Self.faultRow, [number, at, name, FaultWord.failed.rawValue, why])
        case .answered(let query, let answer):
            try db.insert("INSERT INTO answers VALUES (?, ?, ?, ?)", [number, at, query, answer])
        }
    }

    private static func write(
        _ fact: Fact.NodeFact,
        _ detail: Sighting.Detail,
        of node: Int,
        at: Int64,
        as number: Int64,
        to db: Database
    ) throws {
        switch fact {
        case .healthy, .unhealthy, .down, .unasked:
            let word = HealthWord(fact)?.rawValue ?? ""
            try db.insert("INSERT INTO healths VALUES (?, ?, ?, ?)", [number, at, node, word])
            try db.insert("UPDATE nodes SET health = ? WHERE number = ?", [word, node])
        case .gap:
            var gap: EventLine.Gap?
            if case .gap(let known) = detail { gap = known }
            try db.insert(
                "INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?)",
                [
                    number, at, node, gap.map { String($0.incarnation) },
                    gap.map { Int64(clamping: $0.from) },
                    gap.flatMap { $0.to.map(Int64.init(clamping:)) },
                ]
            )
        case .event(let event):
            try write(event, of: node, at: at, as: number, to: db)
            try db.insert(
                "UPDATE nodes SET incarnation = ?, sequence = ? WHERE number = ?",
                [String(event.incarnation), Int64(clamping: event.sequence), node]
            )
        case .snapshot(let snapshot):
            let body = detail == .countsOnly ? nil : try JSONText.text(of: snapshot)
            let counts = snapshot.counts
            try db.insert(
                "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    number, at, node, snapshot.node.incarnation.description,
                    Int64(clamping: snapshot.sequence), snapshot.takenAt.nanoseconds, counts.known,
                    counts.cold, counts.warm, counts.hot, counts.inbound, counts.outbound,
                    counts.duplex, counts.banned,
                    snapshot.chain.map { Int64(clamping: $0.height) }, snapshot.chain?.hash, body,
                ]
            )
        }
    }

    private static func write(
        _ event: Event,
        of node: Int,
        at: Int64,
        as number: Int64,
        to db: Database
    ) throws {
        let head: [(any DatabaseValueConvertible)?] = [
            number, at, node, String(event.incarnation), Int64(clamping: event.sequence),
            event.at.nanoseconds,
        ]
        if case .transition(let transition) = event.note {
            try db.insert(
                "INSERT INTO transition_facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                head + [
                    Int64(transition.peer.peer.rawValue), transition.peer.id?.description,
                    transition.peer.address, transition.from.rawValue, transition.to.rawValue,
                    transition.reason.code, transition.reason.detail, transition.source.rawValue,
                    transition.direction?.rawValue,
                ]
            )
            return
        }
        if case .chain(let note) = event.note { try write(note, of: node, at: at, to: db) }
        let subject = event.note.subject
        try db.insert(
            "INSERT INTO event_facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            head + [
                event.note.word, subject.map { Int64($0.peer.rawValue) }, subject?.id?.description,
                subject?.address, try JSONText.text(of: event),
            ]
        )
    }

    private static func write(_ change: PeerChange, to db: Database) throws {
        let peer = Int64(change.peer.rawValue)
        guard let state = change.state else {
            try db.insert("DELETE FROM peers WHERE node = ? AND peer = ?", [change.node, peer])
            return
        }
        try db.insert(
            "INSERT OR REPLACE INTO peers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                change.node, peer, state.reference.id?.description, state.reference.address,
                state.temperature.rawValue, state.source?.rawValue, state.direction?.rawValue,
                state.usedBy?.rawValue, state.isSilent, state.changedAt?.nanoseconds,
            ]
        )
    }

    private static func write(_ line: VerdictLine, to db: Database) throws {
        var broken: Verdict.Broken?
        if case .broken(let found) = line.verdict { broken = found }
        try db.insert(
            "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                line.number, line.expectation, line.verdict?.word, line.verdict?.sentence,
                line.at?.nanoseconds, broken?.from.wholeNanoseconds, broken?.to?.wholeNanoseconds,
                broken.map { $0.nodes.joined(separator: ", ") },
            ]
        )
    }
}

/// What became of a fault, as the tables have it.
enum FaultWord: String {
    case started, healed, failed
}

/// What was heard of a node's health, as the tables have it.
enum HealthWord: String {
    case healthy, unhealthy, down, unasked

    init?(_ fact: Fact.NodeFact) {
        switch fact {
        case .healthy: self = .healthy
        case .unhealthy: self = .unhealthy
        case .down: self = .down
        case .unasked: self = .unasked
        case .event, .gap, .snapshot: return nil
        }
    }

    var fact: Fact.NodeFact {
        switch self {
        case .healthy: .healthy
        case .unhealthy: .unhealthy
        case .down: .down
        case .unasked: .unasked
        }
    }
}

enum JSONText {
    static func text(of value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, in text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

extension Database {
    /// Runs a statement that is prepared once.
    func insert(_ sql: String, _ values: [(any DatabaseValueConvertible)?]) throws {
        try cachedStatement(sql: sql).execute(arguments: StatementArguments(values))
    }
}
