import WarrenPrimitives

// MARK: Verdicts

extension Trial {
    /// The signals stood as they are from `from` up to `until`.
    mutating func pass(from: Instant, until: Instant, in network: NetworkState) {
        guard needsSignal, let window = Window(expectation, in: network) else { return }
        switch expectation.mode {
        case .eventually, .sometimes: reach(window, from, until, network)
        case .always, .never: guardAgainst(window, from, until, network)
        case .finally: break
        }
    }

    /// Looks for an instant of the window from which the claim holds for as long as it should.
    private mutating func reach(
        _ window: Window,
        _ from: Instant,
        _ until: Instant,
        _ network: NetworkState
    ) {
        let hold = expectation.hold ?? .zero
        let start = max(whole.since, window.start)
        let isCandidate = whole.truth == .yes && window.end.map { start <= $0 } ?? true
        if isCandidate, start < until || start == from {
            isHolding = true
            if start.advanced(by: hold) <= until {
                verdict = .held(.after(window.start.duration(to: start)))
            }
            return
        }
        if whole.truth == .unknown, !whole.isSilent,
            isHolding || window.part(from: from, until: until) != nil
        {
            noteDoubt(in: network)
        }
        isHolding = false
        if window.isOver(at: until) { fail(window, in: network) }
    }

    mutating func fail(_ window: Window, in network: NetworkState) {
        noteSilence(in: network)
        if let doubt {
            verdict = .unknown(doubt)
            return
        }
        guard let end = window.end else { return }
        verdict = missed(at: max(end, whole.since), in: network)
    }

    /// The claim did not hold at `instant`, the last at which it could have begun to.
    func missed(at instant: Instant, in network: NetworkState) -> Verdict {
        var broken = explain(violating: .no, in: network)
        broken.from = (network.zero ?? instant).duration(to: instant)
        broken.to = broken.from
        return .broken(broken)
    }

    private mutating func noteDoubt(in network: NetworkState) {
        doubt = doubt ?? explainDoubt(in: network)
    }

    /// Looks for a violation in the window that lasts as long as it must to count.
    private mutating func guardAgainst(
        _ window: Window,
        _ from: Instant,
        _ until: Instant,
        _ network: NetworkState
    ) {
        if verdict != nil {
            follow(from, network)
            return
        }
        guard let part = window.part(from: from, until: until) else {
            if window.isOver(at: until) { endGuard(window, in: network) }
            return
        }
        let hold = expectation.hold ?? .zero
        var first: (start: Instant, lane: Int?)?
        for lane in watchedLanes {
            let (truth, since) = signal(lane)
            if truth == .unknown, !isSilent(lane) { noteDoubt(in: network) }
            guard truth == violation(lane) else { continue }
            let start = max(since, window.start)
            remember(lane, start: start, in: network)
            let lasted = start.duration(to: part.end)
            if lasted >= hold, start < first?.start ?? .distantFuture { first = (start, lane) }
        }
        if let first {
            convict(first.lane)
        } else if window.isOver(at: until) {
            endGuard(window, in: network)
        }
    }

    private mutating func endGuard(_ window: Window, in network: NetworkState) {
        guard let end = window.end else { return }
        noteSilence(in: network)
        verdict = doubt.map(Verdict.unknown) ?? .held(.during(window.start.duration(to: end)))
    }

    /// Each node by itself where the claim is a promise of each; else the claim as a whole (nil).
    private var watchedLanes: [Int?] { isGuardOfEach ? suspects.sorted() : [nil] }

    private var isGuardOfEach: Bool {
        guard case .nodes(let quantifier, _, _) = subject else { return false }
        switch expectation.mode {
        case .always: return quantifier != .any
        case .never: return quantifier == .any
        case .eventually, .sometimes, .finally: return false
        }
    }

    private func isSilent(_ lane: Int?) -> Bool { (lane.map { lanes[$0] } ?? whole).isSilent }

    private func signal(_ lane: Int?) -> (Truth, Instant) {
        let lane = lane.map { lanes[$0] } ?? whole
        return (lane.truth, lane.since)
    }

    /// The value of a lane that breaks the promise.
    func violation(_ lane: Int?) -> Truth {
        let isNever = expectation.mode == .never
        guard lane != nil, case .nodes(let quantifier, _, _) = subject else {
            return isNever ? .yes : .no
        }
        // Lanes hold the predicate itself: `no X p` breaks where p holds.
        return isNever || quantifier == .no ? .yes : .no
    }

    private mutating func remember(_ lane: Int?, start: Instant, in network: NetworkState) {
        let isNew = lane.map { lanes[$0].evidence == nil } ?? (whole.evidence == nil)
        guard isNew, let zero = network.zero else { return }
        var broken = explain(violating: violation(lane), only: lane, in: network)
        broken.from = zero.duration(to: start)
        if let lane { lanes[lane].evidence = broken } else { whole.evidence = broken }
    }

    private mutating func convict(_ lane: Int?) {
        guard let broken = lane.map({ lanes[$0].evidence }) ?? whole.evidence else { return }
        culprit = lane
        verdict = .broken(broken)
    }

    /// Waits for the end of the violation that broke the promise.
    private mutating func follow(_ from: Instant, _ network: NetworkState) {
        guard case .broken(var broken) = verdict, let zero = network.zero else { return }
        guard signal(culprit).0 != violation(culprit) else { return }
        let end = zero.duration(to: from)
        // What happens at an instant lasts for none.
        broken.to = end - broken.from <= .nanoseconds(1) ? broken.from : end
        verdict = .broken(broken)
    }
}

// MARK: The end

extension Trial {
    /// The run is over; what is not decided yet is decided by what there was.
    mutating func close(at end: Instant, isComplete: Bool, in network: NetworkState) {
        guard verdict == nil else { return }
        guard let zero = network.zero else {
            verdict = .unknown("the nodes were never all healthy, so t = 0 never came")
            return
        }
        let now = "t=" + DurationText.point(zero.duration(to: end))
        guard let window = Window(expectation, in: network), window.start <= end else {
            verdict = .unknown(missingStart(now, in: network))
            return
        }
        if let last = window.end, last <= end {
            closeWindow(window, last, now, in: network)
        } else if window.end != nil {
            verdict = .unknown("the run ended at \(now), before the window did")
        } else if case .duringFault(let name) = expectation.anchor {
            verdict = .unknown(
                failure(of: name, in: network)
                    ?? "the run ended at \(now), before fault \"\(name)\" healed"
            )
        } else if !isComplete {
            verdict = .unknown("the run was cut short at \(now)")
        } else {
            closeRun(window, at: end, now, in: network)
        }
    }

    private func failure(of fault: String, in network: NetworkState) -> String? {
        network.faultFailures[fault].map { "fault \"\(fault)\" failed: \($0)" }
    }

    private func missingStart(_ now: String, in network: NetworkState) -> String {
        switch expectation.anchor {
        case .afterFault(let name):
            failure(of: name, in: network)
                ?? "fault \"\(name)\" never healed: the run ended at \(now)"
        case .duringFault(let name):
            failure(of: name, in: network)
                ?? "fault \"\(name)\" never began: the run ended at \(now)"
        case .after, .none: "the run ended at \(now), before the window began"
        }
    }

    private mutating func closeWindow(
        _ window: Window,
        _ last: Instant,
        _ now: String,
        in network: NetworkState
    ) {
        switch expectation.mode {
        case .eventually, .sometimes, .finally:
            if isHolding {
                verdict = .unknown("it held when the run ended at \(now), not yet for long enough")
            } else {
                fail(window, in: network)
            }
        case .always, .never:
            endGuard(window, in: network)
        }
    }

    private mutating func closeRun(
        _ window: Window,
        at end: Instant,
        _ now: String,
        in network: NetworkState
    ) {
        switch expectation.mode {
        case .eventually, .sometimes:
            if isHolding {
                verdict = .unknown("it held when the run ended at \(now), not yet for long enough")
            } else if whole.truth == .unknown, doubt == nil {
                verdict = .unknown(explainDoubt(in: network))
            } else {
                verdict = doubt.map(Verdict.unknown) ?? missed(at: end, in: network)
            }
        case .always, .never:
            let isViolated = watchedLanes.contains { signal($0).0 == violation($0) }
            if isViolated {
                verdict = .unknown("a violation was going on when the run ended at \(now)")
            } else {
                noteSilence(in: network)
                let length = window.start.duration(to: end)
                verdict = doubt.map(Verdict.unknown) ?? .held(.during(length))
            }
        case .finally:
            switch whole.truth {
            case .yes: verdict = .held(.atEnd((network.zero ?? end).duration(to: end)))
            case .no: verdict = missed(at: end, in: network)
            case .unknown: verdict = .unknown(explainDoubt(in: network))
            }
        }
    }

    /// What never said anything proves nothing.
    private mutating func noteSilence(in network: NetworkState) {
        guard doubt == nil else { return }
        let isMute =
            isGuardOfEach ? lanes.contains { !$0.hasSpoken } : !whole.hasSpoken
        if isMute { doubt = explainSilence(in: network) }
    }
}
