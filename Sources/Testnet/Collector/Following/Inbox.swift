import Synchronization

/// What followers found and nobody has taken yet, in the order of each node's telling.
///
/// Putting never waits, so nothing overtakes; whoever puts then waits for room.
package final class Inbox: Sendable {
    /// Findings held before followers wait.
    package static let limit = 20_000

    private struct State {
        var findings: [(node: Int, finding: Finding)] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrival: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    package func put(_ findings: [Finding], of node: Int) {
        guard !findings.isEmpty else { return }
        let arrival = state.withLock { state in
            for finding in findings { state.findings.append((node, finding)) }
            defer { state.arrival = nil }
            return state.arrival
        }
        arrival?.resume()
    }

    /// Returns when there is room, at once as a rule.
    package func room() async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                guard state.findings.count > Self.limit, !state.isClosed else { return true }
                state.waiting.append(continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
    }

    /// Takes out all there is.
    package func drain() -> [(node: Int, finding: Finding)] {
        let (findings, waiting) = state.withLock { state in
            defer {
                state.findings = []
                state.waiting = []
            }
            return (state.findings, state.waiting)
        }
        for continuation in waiting { continuation.resume() }
        return findings
    }

    /// Lets everybody go on who waits, now and later.
    package func close() {
        let (waiting, arrival) = state.withLock { state in
            state.isClosed = true
            defer {
                state.waiting = []
                state.arrival = nil
            }
            return (state.waiting, state.arrival)
        }
        for continuation in waiting { continuation.resume() }
        arrival?.resume()
    }

    /// Returns when there is something to take out, or when it is closed; for one reader at a time.
    package func arrival() async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                guard state.findings.isEmpty, !state.isClosed else { return true }
                state.arrival = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
    }
}
