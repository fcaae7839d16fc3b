import Foundation

extension DetachedProcess {
    /// The process that the mark at `path` names, alive or not; nil without a readable mark.
    package init?(markedAt path: String) {
        guard let bytes = FileManager.default.contents(atPath: path),
            let process = try? JSONDecoder().decode(DetachedProcess.self, from: bytes)
        else { return nil }
        self = process
    }

    /// Leaves the mark by which others find the process.
    package func mark(_ path: String) throws(EngineFailure) {
        do {
            try JSONEncoder().encode(self).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw .cannotWrite(path, error.localizedDescription)
        }
    }
}

/// The one process that may do a job, for as long as it lives: a mark that is locked.
package struct SoleMark: ~Copyable {
    private let file: Int32

    /// Nil if another process holds it.
    package init?(_ path: String) throws(EngineFailure) {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .cannotWrite(path, unsafe String(cString: strerror(errno))) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            return nil
        }
        self.file = file
    }

    /// Names this process in it, so that it can be found and asked to end.
    package func sign() {
        guard let process = DetachedProcess(processID: getpid()),
            let bytes = try? JSONEncoder().encode(process)
        else { return }
        ftruncate(file, 0)
        _ = unsafe bytes.withUnsafeBytes { unsafe pwrite(file, $0.baseAddress, $0.count, 0) }
    }

    deinit { close(file) }
}
