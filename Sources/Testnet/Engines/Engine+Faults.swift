import Foundation
package import WarrenScenario

// MARK: - Faults of nodes, which are the engine's own (design §8, §10)

extension Engine {
    /// Does something to nodes; done twice it does no harm.
    package func carryOut(
        _ act: FaultCourse.Act,
        on names: [String]
    ) async throws(EngineFailure) {
        switch act {
        case .start: _ = try await start(only: Set(names))
        case .stop: try await stop(only: names)
        case .kill, .pause, .resume:
            switch self {
            case .process(let engine): await engine.signal(names, act)
            case .compose(let engine): try await engine.containers.command(names, act)
            case .swarm(let engine): try await engine.containers.command(names, act)
            case .kubernetes: throw .isElsewhere
            case .simulator: throw .isVirtual
            }
        }
    }
}

extension ProcessEngine {
    fileprivate func signal(_ names: [String], _ act: FaultCourse.Act) async {
        let processes = names.compactMap(process)
        switch act {
        case .kill:
            for process in processes { process.signal(SIGKILL) }
            await Self.ended(processes, within: .seconds(2))
        case .pause: for process in processes { process.signal(SIGSTOP) }
        case .resume: for process in processes { process.signal(SIGCONT) }
        case .start, .stop: break
        }
    }
}

extension Containers {
    fileprivate func command(
        _ names: [String],
        _ act: FaultCourse.Act
    ) async throws(EngineFailure) {
        switch act {
        case .kill: try await tell(["docker", "kill"], names)
        case .pause: try await tell(["docker", "pause"], names, whoseStateIs: [.running])
        case .resume: try await tell(["docker", "unpause"], names, whoseStateIs: [.paused])
        case .start, .stop: break
        }
    }
}
