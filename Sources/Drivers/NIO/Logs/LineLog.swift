import Glibc
package import Logging
import WarrenPrimitives

/// Writes each log line to a file descriptor, as text or as one JSON object.
///
/// One `write` a line, so lines of many nodes into one pipe do not tear (up to `PIPE_BUF`).
package struct LineLog: LogHandler {
    package enum Format: String, Sendable, CaseIterable {
        case text
        case json
    }

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let format: Format
    private let file: Int32
    private let clock: SystemClock

    package init(
        format: Format,
        level: Logger.Level,
        file: Int32 = STDERR_FILENO,
        clock: SystemClock
    ) {
        self.format = format
        self.file = file
        self.clock = clock
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .sorted { $0.key < $1.key }
            .map { ($0.key, "\($0.value)") }
        let line = Self.line(
            format,
            at: Timestamp.text(clock.now),
            level: event.level,
            message: "\(event.message)",
            fields: fields
        )
        FilePresence.write(Array(line.utf8), to: file)
    }

    /// A whole line, its end included.
    package static func line(
        _ format: Format,
        at time: String,
        level: Logger.Level,
        message: String,
        fields: [(String, String)]
    ) -> String {
        switch format {
        case .text:
            let name = level.rawValue.uppercased()
            let padding = String(repeating: " ", count: max(0, 8 - name.count))
            let pairs = fields.map { " \($0.0)=\(bare($0.1))" }.joined()
            return "\(time) \(name)\(padding)\(flat(message))\(pairs)\n"
        case .json:
            let all = [("at", time), ("level", level.rawValue), ("message", message)] + fields
            let pairs = all.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }
            return "{\(pairs.joined(separator: ","))}\n"
        }
    }

    /// A value as it is, or in quotes where it would not read back.
    private static func bare(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=")
        }
        return isPlain && !value.isEmpty ? value : JSONText.quoted(value)
    }

    /// Without control characters, which a stranger's text might bring to a terminal.
    private static func flat(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        return isPlain ? text : JSONText.quoted(text)
    }
}

/// Strings in JSON.
enum JSONText {
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            case _: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
