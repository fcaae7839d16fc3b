package import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

/// A whole node as a value.
///
/// (Seam only; the machine comes next.)
package struct Node: Sendable {
    package init(birth: Birth, reactors: [any Reactor] = []) {}

    /// The channels of all reactors, in order; what NodeInfo lists and connections carry.
    package var channels: [ChannelDescriptor] { [] }

    package var nextDeadline: Instant? { nil }

    package mutating func handle(
        _ input: Input,
        now: Instant,
        random: inout Random,
        into effects: inout [Effect]
    ) {}

    /// The whole peer state at one instant (design §7).
    package func snapshot(now: Instant) -> Snapshot { Snapshot() }
}
