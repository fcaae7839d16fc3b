import Foundation
package import WarrenObservation
package import WarrenPrimitives

/// Makes facts of what one node's admin port says, whatever it says.
///
/// ```
///            event of a life          end of that life, or another one's event
///   unknown ────────────────→ following ─────────────────────────────────────→ unknown, following
/// ```
/// It knows where the stream of events is to be taken up, says what is lost, and holds a snapshot
/// back until the events have come as far. Nothing in it grows with what the node says.
package struct NodeReader: Sendable {
    /// Bytes of a bad line that are put on record.
    private static let excerptLimit = 200
    /// Bad replies of a node that are put on record.
    package static let flawLimit = 1000

    /// The last event taken in, of the life that is followed.
    package private(set) var last: EventPosition?
    private let id: NodeID?
    private var health: Fact.NodeFact?
    private var held: (snapshot: Snapshot, at: Instant)?
    private var flawCount = 0
    /// What a node tells never runs backwards, but what is overheard of it may come before.
    private var latest = Instant(nanoseconds: .min)
    private let decoder = JSONDecoder()

    /// Goes on after `last`; a node that says it is not `id` is not believed.
    package init(id: NodeID? = nil, after last: EventPosition? = nil) {
        self.id = id
        self.last = last
    }

    /// Where the next stream of events is to begin; nil: with the first there is.
    package var start: EventPosition? { last?.next }

    /// A snapshot waits for events that have not come.
    package var isBehind: Bool { held != nil }

    // MARK: The stream of events

    package mutating func take(
        _ piece: LineSplitter.Piece,
        now: Instant,
        into findings: inout [Finding]
    ) {
        switch piece {
        case .tooLong:
            note(.lineTooLong(limit: LineSplitter.defaultLimit), at: now, into: &findings)
            add(.gap, at: now, into: &findings)
        case .line(let bytes):
            do {
                let line = try decoder.decode(EventLine.self, from: Data(bytes))
                take(line, now: now, into: &findings)
            } catch {
                let excerpt = String(decoding: bytes.prefix(Self.excerptLimit), as: UTF8.self)
                note(.garbledLine(excerpt, error.inShort), at: now, into: &findings)
                add(.gap, at: now, into: &findings)
            }
        }
    }

    private mutating func take(_ line: EventLine, now: Instant, into findings: inout [Finding]) {
        switch line {
        case .event(let event): take(event, now: now, into: &findings)
        case .gap(let gap):
            // Nobody knows when: at some time since the last thing it said.
            let at = latest.nanoseconds == .min ? now : latest
            add(.gap, .gap(gap), at: at, into: &findings)
            guard let end = gap.to else {
                // That life is over; the stream goes on with another.
                last = nil
                return
            }
            guard end <= Int64.max else {
                note(.outOfOrder(found: end, expected: gap.from), at: now, into: &findings)
                return
            }
            let isBack = last.map { $0.incarnation == gap.incarnation && $0.sequence > end }
            if isBack == true { return }
            last = EventPosition(incarnation: gap.incarnation, sequence: end)
        }
    }

    private mutating func take(_ event: Event, now: Instant, into findings: inout [Finding]) {
        let before = last?.incarnation == event.incarnation ? last?.sequence ?? 0 : 0
        guard event.sequence > before, event.sequence <= Int64.max else {
            note(.outOfOrder(found: event.sequence, expected: before + 1), at: now, into: &findings)
            return
        }
        if event.sequence > before + 1 {
            let gap = (from: before + 1, to: event.sequence - 1)
            note(.silentGap(from: gap.from, to: gap.to), at: now, into: &findings)
            let lost = EventLine.Gap(incarnation: event.incarnation, from: gap.from, to: gap.to)
            add(.gap, .gap(lost), at: min(event.at, now), into: &findings)
        }
        last = event.position
        add(.event(event), at: min(event.at, now), into: &findings)
        if let held, held.snapshot.isTaken(at: event.position) { release(into: &findings) }
    }

    // MARK: Answers

    /// Takes in a snapshot; false if somebody else took it.
    package mutating func take(
        _ snapshot: Snapshot,
        now: Instant,
        into findings: inout [Finding]
    ) -> Bool {
        if let id, let found = snapshot.node.id, found != id {
            note(
                .wrongNode(expected: id.description, found: found.description),
                at: now,
                into: &findings
            )
            return false
        }
        // Two in a row that the events did not reach: the older one can wait no longer.
        release(into: &findings)
        held = (snapshot, min(snapshot.takenAt, now))
        let isReached =
            last.map { snapshot.isTaken(at: $0) || snapshot.isBefore($0) }
            ?? (snapshot.sequence == 0)
        if isReached { release(into: &findings) }
        return true
    }

    private mutating func release(into findings: inout [Finding]) {
        guard let (snapshot, at) = held else { return }
        held = nil
        add(.snapshot(snapshot), at: at, into: &findings)
    }

    /// `health` is one of healthy, unhealthy, down and unasked.
    package mutating func setHealth(
        _ health: Fact.NodeFact,
        now: Instant,
        into findings: inout [Finding]
    ) {
        guard self.health != health else { return }
        self.health = health
        switch health {
        case .down, .unasked: held = nil
        case .healthy, .unhealthy, .event, .gap, .snapshot: break
        }
        add(health, at: now, into: &findings)
    }

    package mutating func note(_ flaw: Flaw, at now: Instant, into findings: inout [Finding]) {
        flawCount += 1
        guard flawCount <= Self.flawLimit else { return }
        findings.append(.flaw(flaw, at: now))
    }

    private mutating func add(
        _ fact: Fact.NodeFact,
        _ detail: Sighting.Detail = .none,
        at instant: Instant,
        into findings: inout [Finding]
    ) {
        let at = max(latest, instant)
        switch fact {
        case .event, .snapshot, .down, .unasked: latest = at
        case .healthy, .unhealthy, .gap: break
        }
        findings.append(.fact(fact, at: at, detail))
    }
}

extension Snapshot {
    fileprivate func isTaken(at position: EventPosition) -> Bool {
        node.incarnation.number == position.incarnation && sequence == position.sequence
    }

    fileprivate func isBefore(_ position: EventPosition) -> Bool {
        node.incarnation.number == position.incarnation && sequence < position.sequence
    }
}

extension Error {
    /// One sentence of a decoding error instead of a page.
    fileprivate var inShort: String {
        guard let error = self as? DecodingError else { return String("\(self)".prefix(200)) }
        let context =
            switch error {
            case .dataCorrupted(let context), .keyNotFound(_, let context),
                .typeMismatch(_, let context), .valueNotFound(_, let context):
                context
            @unknown default: DecodingError.Context(codingPath: [], debugDescription: "\(error)")
            }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return String(((path.isEmpty ? "" : path + ": ") + context.debugDescription).prefix(300))
    }
}
