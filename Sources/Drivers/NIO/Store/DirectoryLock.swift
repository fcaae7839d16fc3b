import Glibc
import Synchronization

/// Keeps a data directory to one node, for as long as the process lives or until `release`.
final class DirectoryLock: Sendable {
    static let fileName = "warren.lock"

    private let descriptor: Mutex<Int32?>

    /// Makes `directory` and its parents where needed.
    init(directory: String) throws(StoreFlaw) {
        do {
            try FilePresence.makeDirectory(directory)
        } catch {
            throw .directory(directory, error.text)
        }
        let path = directory + "/" + Self.fileName
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .directory(directory, SystemFlaw.last.text) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let holder = FilePresence.read(file, limit: 20)
            close(file)
            throw .locked(directory: directory, holder: holder.isEmpty ? nil : holder)
        }
        ftruncate(file, 0)
        FilePresence.write(Array("\(getpid())".utf8), to: file)
        descriptor = Mutex(file)
    }

    func release() {
        descriptor.withLock { file in
            if let file { close(file) }
            file = nil
        }
    }

    deinit { release() }
}
