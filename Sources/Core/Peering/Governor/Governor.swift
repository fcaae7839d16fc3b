import WarrenObservation
package import WarrenPrimitives

/// Decides whom to know, connect and use.
///
/// (Seam only; the machine comes next.)
package struct Governor: Sendable {
    package init(settings: Settings) {}

    package var nextDeadline: Instant? { nil }

    package mutating func handle(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {}
}
