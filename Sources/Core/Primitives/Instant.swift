/// A point on the node's own clock, in nanoseconds since the Unix epoch.
///
/// The wall clock is read once, at start, and advanced monotonically; so an instant may be stored
/// and sent, and never runs backwards within one life of a node. Source: design §17.7.
public struct Instant: InstantProtocol, Hashable, Sendable, Codable {
    public var nanoseconds: Int64

    public static let epoch = Instant(nanoseconds: 0)
    /// Later than anything that happens; for "never".
    public static let distantFuture = Instant(nanoseconds: .max)

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }

    /// The instant `duration` later, held within the range of the type.
    public func advanced(by duration: Duration) -> Instant {
        let step = Int64(clamping: duration.attoseconds / 1_000_000_000)
        let (sum, overflow) = nanoseconds.addingReportingOverflow(step)
        return Instant(nanoseconds: overflow ? (step > 0 ? .max : .min) : sum)
    }

    public func duration(to other: Instant) -> Duration {
        .nanoseconds(other.nanoseconds) - .nanoseconds(nanoseconds)
    }

    public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.nanoseconds < rhs.nanoseconds }
}

extension Duration {
    /// Whole nanoseconds, held within the range of `Int64` (292 years).
    package var wholeNanoseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000) }
}

/// The sooner of two deadlines, where nil is never; of two, since an array for more costs more than
/// the comparing.
@inlinable
package func soonest(_ one: Instant?, _ other: Instant?) -> Instant? {
    guard let one else { return other }
    guard let other else { return one }
    return other < one ? other : one
}

/// The soonest of some deadlines, where nil is never.
package func soonest(_ instants: Instant?...) -> Instant? {
    var least: Instant?
    for case .some(let instant) in instants where least.map({ instant < $0 }) ?? true {
        least = instant
    }
    return least
}
