/// How what is sent from one place to another fares on its way.
///
/// Source: design §8, §10.
package struct LinkQuality: Hashable, Sendable, Codable {
    /// There and back, of which one way takes half.
    package var roundTrip: Duration
    /// How much longer a delivery may take, drawn evenly from zero to this.
    package var jitter: Duration
    /// How many packets in a million are lost, each costing its message a retransmission time-out.
    package var lossMillionths: Int64
    /// Bits a second in each direction; nil is no limit.
    package var bandwidth: Int64?

    package init(
        roundTrip: Duration = .zero,
        jitter: Duration = .zero,
        lossMillionths: Int64 = 0,
        bandwidth: Int64? = nil
    ) {
        self.roundTrip = roundTrip
        self.jitter = jitter
        self.lossMillionths = lossMillionths
        self.bandwidth = bandwidth
    }
}
