import Foundation

/// A process that outlives us, and how it is found again.
///
/// Its mark is its id with its start time, so that an id that the system has given to another
/// process since is never taken for it. Source: design §10, §17.11.
package struct DetachedProcess: Hashable, Sendable, Codable {
    package var processID: Int32
    /// Clock ticks between the machine's boot and the process's start: field 22 of `/proc/…/stat`.
    package var startTicks: UInt64

    package enum SpawnError: Error, Hashable, Sendable, CustomStringConvertible {
        case cannotOpen(log: String, code: Int32)
        case cannotSpawn(executable: String, code: Int32)
        case vanished(executable: String)

        package var description: String {
            switch self {
            case .cannotOpen(let log, let code):
                "cannot open \(log): \(text(of: code))"
            case .cannotSpawn(let executable, let code):
                "cannot start \(executable): \(text(of: code))"
            case .vanished(let executable):
                "\(executable) ended at once: its log says why"
            }
        }

        private func text(of code: Int32) -> String { unsafe String(cString: strerror(code)) }
    }

    /// `POSIX_SPAWN_SETSID`, `…_SETSIGDEF` and `…_SETSIGMASK` of glibc's <spawn.h>.
    ///
    /// What its parent ignores or holds back, the new process must hear.
    private static let flags: Int16 = 0x80 | 0x04 | 0x08

    /// Starts `executable` in a session of its own, without input, its output appended to `log`.
    package static func spawn(
        _ executable: String,
        _ arguments: [String],
        log: String
    ) throws(SpawnError) -> DetachedProcess {
        let output = unsafe open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard output >= 0 else { throw .cannotOpen(log: log, code: errno) }
        defer { close(output) }

        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
        // Whoever waits for the end of our pipes does not wait for what outlives us.
        for file in openFiles where file > 2 {
            unsafe posix_spawn_file_actions_addclose(&actions, file)
        }

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, flags)

        // The vector and its strings live until the call returns, which is all that it needs.
        var vector = unsafe ([executable] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe vector.forEach { unsafe free($0) } }
        var processID: pid_t = 0
        let code = unsafe posix_spawn(
            &processID,
            executable,
            &actions,
            &attributes,
            &vector,
            environ
        )
        guard code == 0 else { throw .cannotSpawn(executable: executable, code: code) }
        guard let process = DetachedProcess(processID: processID) else {
            throw .vanished(executable: executable)
        }
        return process
    }

    private static var openFiles: [Int32] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return (names ?? []).compactMap { Int32($0) }
    }

    /// The process that has this id now; nil when there is none or it has ended.
    package init?(processID: Int32) {
        guard let stat = ProcessStatus(processID: processID), !stat.hasEnded else { return nil }
        self.processID = processID
        startTicks = stat.startTicks
    }

    /// True until the process has ended, whether or not somebody has asked how.
    package var isAlive: Bool {
        // Collects it if it was ours; otherwise nothing happens.
        waitpid(processID, nil, WNOHANG)
        guard let status = ProcessStatus(processID: processID) else { return false }
        return status.startTicks == startTicks && !status.hasEnded
    }

    /// True while the process is stopped by a signal (design §8 `pause`).
    package var isPaused: Bool {
        guard let status = ProcessStatus(processID: processID) else { return false }
        return status.startTicks == startTicks && status.state == "T"
    }

    /// Sends a signal, unless the process has ended; false when it has.
    @discardableResult
    package func signal(_ signal: Int32) -> Bool {
        isAlive && kill(processID, signal) == 0
    }
}

/// What `/proc/…/stat` says of a process.
package struct ProcessStatus: Hashable, Sendable {
    package var state: Character
    package var startTicks: UInt64

    /// Ended and not yet collected by its parent (Z), or being removed (X).
    package var hasEnded: Bool { state == "Z" || state == "X" }

    package init?(processID: Int32) {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        // After the name in brackets, which may hold anything: state is field 3, start time 22.
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let ticks = UInt64(fields[19]) else {
            return nil
        }
        self.state = state
        startTicks = ticks
    }
}
