import WarrenPeering
import WarrenPrimitives

/// Asking the configured seeds for addresses, one after another until one answers.
///
/// A seed is no known peer: it is dialed, asked once, and left. Sources: design §17.6, C§7.5.
struct SeedJob: Hashable, Sendable {
    /// Seeds still to be tried, in the order drawn for this job.
    var rest: [Topology.AccessPoint]
    /// Nobody is tried before every seed's name has been looked up once.
    var awaitsNames = false
    /// The one being tried: its handle and when we stop waiting for it.
    var current: Current?

    struct Current: Hashable, Sendable {
        var peer: PeerID
        var giveUpAt: Instant
        var wasAsked = false
    }

    /// Dial, handshake and answer together take no longer than this.
    static let patience: Duration = .seconds(15)
}
