/// A line of a node's event stream: an event, or the admission that some are lost.
package enum EventLine: Hashable, Sendable {
    case event(Event)
    case gap(Gap)

    /// Events that were asked for and are gone.
    package struct Gap: Hashable, Sendable {
        package var incarnation: UInt64
        /// The first one lost.
        package var from: UInt64
        /// The last one lost; nil when that life of the node is over and nobody knows.
        package var to: UInt64?

        package init(incarnation: UInt64, from: UInt64, to: UInt64?) {
            self.incarnation = incarnation
            self.from = from
            self.to = to
        }
    }
}

/// The last events of a node's life, for those who come late or come back.
///
/// Source: design §17.10.
package struct EventRing: Sendable {
    /// Events kept.
    ///
    /// Source: design §17.10.
    package static let defaultLimit = 65_536

    package let incarnation: UInt64
    package let limit: Int
    private var events: [Event] = []
    /// The sequence that the next event will have.
    package private(set) var nextSequence: UInt64 = 1

    package init(incarnation: UInt64, limit: Int = Self.defaultLimit) {
        precondition(limit > 0, "a ring of \(limit) events holds nothing")
        self.incarnation = incarnation
        self.limit = limit
    }

    package var count: Int { events.count }

    /// The oldest sequence still held; `nextSequence` when there is none.
    package var oldestSequence: UInt64 { nextSequence - UInt64(events.count) }

    /// Keeps `event`, which must be the next of this life, in the place of the oldest if full.
    package mutating func append(_ event: Event) {
        precondition(
            event.incarnation == incarnation && event.sequence == nextSequence,
            "event \(event.position) does not follow in the ring of \(incarnation), "
                + "which waits for \(nextSequence)"
        )
        if events.count < limit {
            events.append(event)
        } else {
            events[place(of: nextSequence)] = event
        }
        nextSequence += 1
    }

    private func place(of sequence: UInt64) -> Int {
        Int((sequence - 1) % UInt64(limit))
    }

    /// Up to `count` lines from `position` on, what is lost said first.
    ///
    /// A position of another life asks for the rest of that life, which is lost, and for all of
    /// this one. No position asks for all of this one.
    package func lines(from position: EventPosition?, count: Int = .max) -> [EventLine] {
        var lines: [EventLine] = []
        var first: UInt64 = 1
        if let position {
            if position.incarnation == incarnation {
                first = max(position.sequence, 1)
            } else {
                lines.append(
                    .gap(.init(incarnation: position.incarnation, from: position.sequence, to: nil))
                )
            }
        }
        if first < oldestSequence {
            lines.append(
                .gap(.init(incarnation: incarnation, from: first, to: oldestSequence - 1))
            )
            first = oldestSequence
        }
        while first < nextSequence, lines.count < count {
            lines.append(.event(events[place(of: first)]))
            first += 1
        }
        return lines
    }

    /// Where a reader that has taken `line` goes on; after a lost life, at the start of this one.
    package func position(after line: EventLine) -> EventPosition {
        switch line {
        case .event(let event): event.position.next
        case .gap(let gap):
            if let last = gap.to {
                EventPosition(incarnation: gap.incarnation, sequence: last &+ 1)
            } else {
                EventPosition(incarnation: incarnation, sequence: 1)
            }
        }
    }
}
