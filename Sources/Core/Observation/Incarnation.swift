import WarrenPrimitives

/// One life of a node, told from its others: a number drawn at each start.
///
/// In JSON it is a string of decimal digits, since JSON numbers lose bits above 2⁵³ in many readers.
package struct Incarnation: Hashable, Sendable, Codable, LosslessStringConvertible {
    package var number: UInt64

    package init(_ number: UInt64) { self.number = number }

    /// Nil unless `text` is exactly what `description` prints.
    package init?(_ text: String) {
        guard let number = UInt64(text), String(number) == text else { return nil }
        self.number = number
    }

    package init(from decoder: any Decoder) throws {
        self = try decoder.valueOfText("incarnation", expected: "decimal digits")
    }

    package func encode(to encoder: any Encoder) throws {
        try encoder.encodeText(self)
    }

    package var description: String { String(number) }
}

/// A place in a node's events, written `I.N`: event N of incarnation I.
///
/// As the start of a stream it names the first event wanted. Source: design §7.
package struct EventPosition: Hashable, Sendable, LosslessStringConvertible {
    package var incarnation: UInt64
    package var sequence: UInt64

    package init(incarnation: UInt64, sequence: UInt64) {
        self.incarnation = incarnation
        self.sequence = sequence
    }

    /// Nil unless `text` is exactly what `description` prints.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let incarnation = Incarnation(String(parts[0])),
            let sequence = UInt64(parts[1]), String(sequence) == parts[1]
        else { return nil }
        self.init(incarnation: incarnation.number, sequence: sequence)
    }

    package var description: String { "\(incarnation).\(sequence)" }

    /// The place behind this one, from which a reader goes on.
    package var next: EventPosition {
        EventPosition(incarnation: incarnation, sequence: sequence &+ 1)
    }
}

extension Event {
    package var position: EventPosition {
        EventPosition(incarnation: incarnation, sequence: sequence)
    }
}
