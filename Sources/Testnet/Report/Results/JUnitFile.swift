import Foundation

/// Results as JUnit's XML, which every CI system reads: a suite for every run, a case for every
/// expectation.
///
/// Broken is a failure; unknown is an error, since it is never counted as held. What no node may do and
/// what could not be run are cases of their own.
package struct JUnitFile: Sendable {
    private let results: [TestResult]

    package init(_ results: [TestResult]) { self.results = results }

    private struct Tally {
        var tests = 0
        var failures = 0
        var errors = 0

        var attributes: String {
            #"tests="\#(tests)" failures="\#(failures)" errors="\#(errors)" skipped="0""#
        }
    }

    package var text: String {
        var total = Tally()
        var body = ""
        for result in results {
            let (tally, lines) = Self.suite(result)
            total.tests += tally.tests
            total.failures += tally.failures
            total.errors += tally.errors
            body += lines
        }
        let time = Self.time(results.reduce(0) { $0 + $1.seconds })
        return #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
            + #"<testsuites name="warren" \#(total.attributes) time="\#(time)">"# + "\n"
            + body + "</testsuites>\n"
    }

    private static func suite(_ result: TestResult) -> (Tally, String) {
        var tally = Tally()
        var cases = ""
        let place = "warren." + result.name
        func add(_ name: String, line: Int, _ element: String?, _ message: String, _ kind: String) {
            tally.tests += 1
            cases += #"    <testcase classname="\#(escaped(place))" name="\#(escaped(name))""#
            cases += #" file="\#(escaped(result.file))""#
            if line > 0 { cases += #" line="\#(line)""# }
            guard let element else {
                cases += #" time="0"/>"# + "\n"
                return
            }
            if element == "failure" { tally.failures += 1 } else { tally.errors += 1 }
            cases += #" time="0">"# + "\n"
            cases += #"      <\#(element) message="\#(escaped(message))" type="\#(kind)">"#
            cases += escaped(message + "\nreplay: " + result.replay) + "</\(element)>\n"
            cases += "    </testcase>\n"
        }
        for item in result.cases {
            let row = item.row
            let sentence = row.sentence ?? "not decided"
            switch row.verdict {
            case "held": add(row.expectation, line: item.line, nil, "", "")
            case "broken": add(row.expectation, line: item.line, "failure", sentence, "broken")
            default: add(row.expectation, line: item.line, "error", sentence, "unknown")
            }
        }
        if let offences = result.offences {
            let name = "no node does what none may"
            let isClean = offences.isEmpty
            let words = offences.joined(separator: "\n")
            add(name, line: 0, isClean ? nil : "failure", words, "offence")
        }
        if let failure = result.failure {
            add("the network runs", line: 0, "error", failure, "lost")
        }
        var lines = #"  <testsuite name="\#(escaped(result.title))" \#(tally.attributes)"#
        lines += #" time="\#(time(result.seconds))">"# + "\n    <properties>\n"
        let properties = [
            ("seed", "\(result.seed)"), ("engine", result.engine), ("run", result.run),
            ("replay", result.replay),
        ]
        for (name, value) in properties {
            lines += #"      <property name="\#(name)" value="\#(escaped(value))"/>"# + "\n"
        }
        lines += "    </properties>\n" + cases
        if !result.logs.isEmpty {
            let list = result.logs.map { "log: \($0)" }.joined(separator: "\n")
            lines += "    <system-out>\(escaped(list))</system-out>\n"
        }
        return (tally, lines + "  </testsuite>\n")
    }

    private static func time(_ seconds: Double) -> String {
        String(format: "%.3f", max(0, seconds))
    }

    /// For text and for attributes in double quotes; what XML 1.0 cannot hold becomes a mark.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&apos;"
            case "\n", "\t", "\r": escaped += "&#\(scalar.value);"
            case "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                escaped.unicodeScalars.append(scalar)
            default: escaped += "\u{FFFD}"
            }
        }
        return escaped
    }
}
