package import WarrenChain
package import WarrenPrimitives

/// The header that a node shows on top of its tip before it has the body, and for how long.
///
/// A header goes on at once, so that a hop costs a block no wait (O§5.4's diffusion pipelining); what
/// asks for its body meanwhile is held open. If the body does not come, the node takes the header
/// back: a roll back on 0x71, NoBlocks on 0x72. Nobody in the chain of those who show the header is
/// to blame for the one who made it and kept the body; so the limits are staggered:
///
/// ```
///   header shown, body asked for
///     │   showLimit                       answerLimit
///     ├──────────┬────────────────────────────┤
///     │          │ taken back; asked of        │ whoever was asked and said nothing at all
///     │          │ another who shows it        │ is to blame
/// ```
package struct EarlyAnnouncement: Hashable, Sendable {
    /// How long a header is shown without its body; and how long a body may take until it is asked
    /// of another peer, too.
    ///
    /// The Δ within which a block is to be everywhere (O§5.3): a block that needs longer is not worth
    /// showing.
    package static let showLimit: Duration = .seconds(5)
    /// How long whoever is asked for bodies may be silent.
    ///
    /// Upstream's limit for BFBusy and BFStreaming (O§8.6), and by far more than those who wait for
    /// a withheld body themselves take to say that it is not here.
    package static let answerLimit: Duration = .seconds(60)
    /// How long a peer may still show a header after it said that the body is not here: the roll
    /// back is on another channel, and may come later.
    ///
    /// Upstream's shortWait (O§8.4).
    package static let withdrawalLimit: Duration = .seconds(10)

    private var shown: Shown?

    private struct Shown: Hashable {
        var point: Point
        var until: Instant
    }

    package init() {}

    /// Takes note of what a chain shows; to be told after every change of it.
    package mutating func observe(_ chain: some ChainReading, now: Instant) {
        guard chain.shown != chain.tip else {
            shown = nil
            return
        }
        if shown?.point != chain.shown {
            shown = Shown(point: chain.shown, until: now.advanced(by: Self.showLimit))
        }
    }

    package var nextDeadline: Instant? { shown?.until }

    /// What has been shown for too long and is to be taken back.
    package func overdue(now: Instant) -> Point? {
        guard let shown, shown.until <= now else { return nil }
        return shown.point
    }
}
