import WarrenObservation
package import WarrenPrimitives

/// The set of peers.
///
/// (Seam only; the machine comes next.)
package struct Switch: Sendable {
    package private(set) var credit = Credit()

    package init(settings: Settings, reactors: [[ChannelDescriptor]]) {}

    package var nextDeadline: Instant? { nil }

    package mutating func handle(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {}
}
