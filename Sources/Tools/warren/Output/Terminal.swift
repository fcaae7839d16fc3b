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

    // MARK: A picture that renews itself

    /// Whether somebody looks at what is printed.
    static let isScreen = isatty(STDOUT_FILENO) == 1

    /// Rows and columns; those of an old terminal if it does not say.
    static var size: (rows: Int, columns: Int) {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else {
            return (24, 80)
        }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    /// Puts what was on the screen aside, and hides the cursor.
    static func openScreen() { write("\u{1B}[?1049h\u{1B}[?25l", to: STDOUT_FILENO) }

    static func closeScreen() { write("\u{1B}[?25h\u{1B}[?1049l", to: STDOUT_FILENO) }

    /// Draws over what was drawn before, without a blank in between.
    static func draw(_ lines: [String]) {
        let rows = lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n")
        write("\u{1B}[H" + rows + "\u{1B}[J", to: STDOUT_FILENO)
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
