import WarrenObservation

extension Expectation {
    /// When its window is over, since t = 0; nil if only the end of the run ends it.
    var windowEnd: Duration? {
        guard let within else { return nil }
        switch mode {
        case .eventually: return start + within + (hold ?? .zero)
        case .always, .never: return start + within
        case .sometimes, .finally: return nil
        }
    }

    private var start: Duration {
        switch anchor {
        case .after(let time): time
        case .afterFault, .duringFault, nil: .zero
        }
    }

    /// How long a run should be for this expectation to say something.
    fileprivate var horizon: Duration {
        windowEnd ?? start + (hold ?? .zero) + Self.openWindow
    }

    /// What an expectation without a window gets at least, behind its start.
    private static let openWindow: Duration = .seconds(2)
}

extension [Expectation] {
    /// How long a run lasts unless told otherwise: until every window is over.
    var horizon: Duration {
        let longest = map(\.horizon).max() ?? .zero
        return contains(where: \.endsByItself) ? longest : Swift.max(longest, Self.shortest)
    }

    /// A run without any window.
    private static let shortest: Duration = .seconds(10)

    /// Until the last of the windows that end by themselves is over.
    var boundedHorizon: Duration { compactMap(\.windowEnd).max() ?? .zero }
}

extension Expectation {
    /// Whether it is decided without the run ending.
    var endsByItself: Bool { windowEnd != nil }
}
