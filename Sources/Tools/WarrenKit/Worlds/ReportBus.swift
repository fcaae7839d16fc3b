import Synchronization
import WarrenPrimitives
import WarrenSwitch

/// Passes what reactors report on to whoever listens.
final class ReportBus: Sendable {
    private struct Listener: Sendable {
        var hear: @Sendable (_ node: Int, _ guest: Int, Instant, any Sendable) -> Void
        var end: @Sendable () -> Void
    }

    private struct State: Sendable {
        var listeners: [UInt64: Listener] = [:]
        var count: UInt64 = 0
        var hasEnded = false
    }

    private let state = Mutex(State())

    /// Reports that wait in one stream; of more, the oldest are lost.
    static let streamLimit = 65_536

    func post(_ report: any Sendable, node: Int, guest: Int, at instant: Instant) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.hear(node, guest, instant, report) }
    }

    func listen<Subject: Reactor>(
        to type: Subject.Type,
        of blueprint: Blueprint
    ) -> AsyncStream<NodeReport<Subject.Report>> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: NodeReport<Subject.Report>.self,
            bufferingPolicy: .bufferingNewest(Self.streamLimit)
        )
        let listener = Listener(
            hear: { node, guest, instant, report in
                guard blueprint.reactors[node][guest] is Subject,
                    let told = report as? Subject.Report
                else { return }
                let name = blueprint.profiles[node].name
                continuation.yield(NodeReport(node: name, at: instant, report: told))
            },
            end: { continuation.finish() }
        )
        let number: UInt64? = state.withLock { state in
            guard !state.hasEnded else { return nil }
            state.count += 1
            state.listeners[state.count] = listener
            return state.count
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.listeners[number] = nil }
        }
        return stream
    }

    /// Ends every stream.
    func end() {
        let listeners = state.withLock { state in
            state.hasEnded = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.end() }
    }
}
