import Glibc
import Synchronization

/// Where words go: data to stdout, everything else to stderr.
enum Terminal {
    static let showsProgress = isatty(STDERR_FILENO) == 1
    private static let hasProgress = Atomic(false)

    static func printError(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// One line that the next one replaces; nothing unless somebody watches.
    static func progress(_ text: String) {
        guard showsProgress else { return }
        hasProgress.store(true, ordering: .relaxed)
        write("\r\u{1B}[K  " + text, to: STDERR_FILENO)
    }

    static func clearProgress() {
        guard hasProgress.exchange(false, ordering: .relaxed) else { return }
        write("\r\u{1B}[K", to: STDERR_FILENO)
    }

    /// Prints a line of data, at once, even into a pipe.
    static func printLine(_ line: String) {
        clearProgress()
        write(line + "\n", to: STDOUT_FILENO)
    }

    private static func write(_ text: String, to file: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let rest = unsafe bytes.baseAddress.map { unsafe $0 + done }
                let count = unsafe Glibc.write(file, rest, bytes.count - done)
                guard count > 0 || (count < 0 && errno == EINTR) else { return }
                done += max(0, count)
            }
        }
    }
}
