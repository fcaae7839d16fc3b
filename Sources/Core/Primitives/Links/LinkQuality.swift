/// How what is sent from one place to another fares on its way.
///
/// The same in the simulator and inside a node. Source: design §8, §10.
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

    /// A link that costs nothing: what loopback comes close to.
    package static let perfect = LinkQuality()

    /// The longest round trip and jitter that a file may ask for.
    ///
    /// Ours: ten times a satellite link there and back, and above every time-out of the node.
    package static let delayLimit: Duration = .seconds(60)
    /// Half of all packets: beyond it a retransmission is lost more often than not, and a cut says
    /// what is meant.
    package static let lossLimit: Int64 = 500_000
    /// Bits a second: one packet of 1,400 bytes takes eleven seconds at the least of them.
    package static let bandwidths: ClosedRange<Int64> = 1000...1_000_000_000_000

    /// This link while `other` holds as well: in each respect the worse of the two.
    ///
    /// What a fault leaves unsaid is perfect in it, and so stays as it was.
    package func worsened(by other: LinkQuality) -> LinkQuality {
        let narrower: Int64? =
            switch (bandwidth, other.bandwidth) {
            case (.some(let a), .some(let b)): min(a, b)
            case (.some(let only), .none), (.none, .some(let only)): only
            case (.none, .none): nil
            }
        return LinkQuality(
            roundTrip: max(roundTrip, other.roundTrip),
            jitter: max(jitter, other.jitter),
            lossMillionths: max(lossMillionths, other.lossMillionths),
            bandwidth: narrower
        )
    }
}
