public import WarrenPrimitives

/// What a reactor told whoever runs its node.
public struct NodeReport<Report: Sendable>: Sendable {
    /// The node's name.
    public let node: String
    /// When, on the clock of the network: virtual time in the simulator.
    public let at: Instant
    public let report: Report
}

extension NodeReport: Equatable where Report: Equatable {}
extension NodeReport: Hashable where Report: Hashable {}
