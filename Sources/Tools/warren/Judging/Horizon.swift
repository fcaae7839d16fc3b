import WarrenObservation
import WarrenScenario

/// When the windows of expectations are over, all times since t = 0.
///
/// A window that hangs on a fault is where the timetable puts it; in the real world a node may take
/// longer to be well again.
struct Horizon {
    let expectations: [Expectation]
    let timetable: [ResolvedFault]

    init(_ expectations: [Expectation], _ timetable: [ResolvedFault]) {
        self.expectations = expectations
        self.timetable = timetable
    }

    /// What an expectation without a window gets at least, behind its start.
    private static let openWindow: Duration = .seconds(2)
    /// A run without any window.
    private static let shortest: Duration = .seconds(10)

    /// How long a run lasts unless told otherwise: until every window and every fault is over.
    var whole: Duration {
        let windows = expectations.map { expectation in
            windowEnd(of: expectation)
                ?? start(of: expectation) + (expectation.hold ?? .zero) + Self.openWindow
        }
        let faults = timetable.map { $0.until ?? $0.at }
        let longest = (windows + faults).max() ?? .zero
        return expectations.contains { windowEnd(of: $0) != nil }
            ? longest : max(longest, Self.shortest)
    }

    /// The same where nodes take their time to be well again after a fault.
    var wholeWithRecovery: Duration { timetable.isEmpty ? whole : whole + Self.recovery }

    /// How much later than planned a fault may be healed in the real world.
    private static let recovery: Duration = .seconds(5)

    /// Until the last of the windows that end by themselves is over, but for those behind faults.
    var bounded: Duration {
        expectations.filter(\.endsByItself).compactMap(windowEnd).max() ?? .zero
    }

    /// When its window is over; nil if only the end of the run ends it.
    private func windowEnd(of expectation: Expectation) -> Duration? {
        guard let within = expectation.within else { return nil }
        switch expectation.mode {
        case .eventually: return start(of: expectation) + within + (expectation.hold ?? .zero)
        case .always, .never: return start(of: expectation) + within
        case .sometimes, .finally: return nil
        }
    }

    private func start(of expectation: Expectation) -> Duration {
        func fault(_ name: String) -> ResolvedFault? { timetable.first { $0.name == name } }
        switch expectation.anchor {
        case .after(let time): return time
        case .afterFault(let name): return fault(name).map { $0.until ?? $0.at } ?? .zero
        case .duringFault(let name): return fault(name)?.at ?? .zero
        case nil: return .zero
        }
    }
}

extension Expectation {
    /// Whether it is decided without the run ending, and without a fault before.
    var endsByItself: Bool {
        guard within != nil, !hangsOnFault else { return false }
        switch mode {
        case .eventually, .always, .never: return true
        case .sometimes, .finally: return false
        }
    }

    private var hangsOnFault: Bool { anchoringFault != nil }

    /// The fault from whose start or healing it counts.
    var anchoringFault: String? {
        switch anchor {
        case .afterFault(let name), .duringFault(let name): name
        case .after, nil: nil
        }
    }
}
