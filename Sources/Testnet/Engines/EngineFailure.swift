/// Why nodes could not be started, or were lost.
///
/// Each says what to do next where that can be known. Source: design §14.
package enum EngineFailure: Error, Hashable, Sendable {
    case noProgram(String)
    case cannotSpawn(node: String, String)
    case cannotWrite(String, String)
    case addressTaken(String, node: String, by: String)
    /// A node that was started is gone again; the end of its log says why.
    case died(node: String, log: String, lastLines: [String])
    case unhealthy(node: String, after: Duration, why: String)
    /// What is missing or in the way on this machine.
    case surroundings(DockerTrouble)
    /// A network of this name runs in containers, from another directory or without notes.
    case runsElsewhere(name: String, at: String)
    case tool(command: String, output: String)
    /// What was started could not be ended again, after something else went wrong.
    case leftBehind(name: String, trouble: String, after: String)
    /// The user wants it to end; what was started is ended again.
    case interrupted
    /// Nodes that only exist in a simulation are not started one by one.
    case isVirtual
    /// Nodes that a cluster starts, which is told so by other means.
    case isElsewhere

    /// True for what stands in the way before any node is started, so that there are no logs.
    var isBeforeStart: Bool {
        switch self {
        case .noProgram, .addressTaken, .surroundings, .runsElsewhere, .isVirtual, .isElsewhere:
            true
        case .cannotSpawn, .cannotWrite, .died, .unhealthy, .tool, .leftBehind, .interrupted: false
        }
    }

    /// Ends again what was started before this failed; what went wrong in all.
    func undoing(
        _ name: String,
        _ undo: () async throws(EngineFailure) -> Void
    ) async -> EngineFailure {
        do throws(EngineFailure) {
            try await undo()
            return self
        } catch {
            return .leftBehind(name: name, trouble: "\(error)", after: "\(self)")
        }
    }
}

extension EngineFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noProgram(let path):
            "there is no program at \(path): build it with `make build`"
        case .cannotSpawn(let node, let error): "\(node): \(error)"
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        case .addressTaken(let address, let node, let holder):
            "\(address), where \(node) would listen, is held by \(holder): end that first "
                + "(`warren down RUN`), or move this network with --base 1"
        case .died(let node, let log, let lines):
            (["\(node) ended before it was healthy; the end of \(log):"]
                + lines.map { "  " + $0 }).joined(separator: "\n")
        case .unhealthy(let node, let time, let why):
            "\(node) was not healthy within \(time): \(why)"
        case .surroundings(let trouble): "\(trouble)"
        case .runsElsewhere(let name, let place):
            "a network called \(name) runs in containers already, \(place): end it first "
                + "(`warren down \(name)`), or give this one another name with --set name=OTHER"
        case .tool(let command, let output): "`\(command)` failed:\n\(output)"
        case .leftBehind(let name, let trouble, let cause):
            "\(cause)\nand what was started of it could not be ended again: \(trouble)\n"
                + "`warren down \(name)` tries once more"
        case .interrupted: "interrupted"
        case .isElsewhere:
            "a cluster of Kubernetes starts its nodes itself: `warren generate FILE --engine kubernetes` "
                + "writes what `kubectl apply` takes (docs/kubernetes.md)"
        case .isVirtual: "a simulated network does not stay up: `warren simulate FILE` runs it"
        }
    }
}
