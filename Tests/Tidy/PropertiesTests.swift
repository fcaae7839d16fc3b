import Foundation
import Testing

/// docs/properties.md has every upstream property, and Tests/Mutants/mutants.tsv could be run.
struct PropertiesTests {
    private static let page = "docs/properties.md"
    private static let list = "Tests/Mutants/mutants.tsv"

    /// A line of a table on the page.
    private struct Row {
        var name: String
        /// Names of tests, each with the file that it is said to be in.
        var tests: [(name: String, file: String)]
        var note: String
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: SourceTree.root.appending(path: path), encoding: .utf8)
    }

    /// Every test with a raw identifier, with the files that have one of this name.
    private static let known = Result { try testNames() }

    private static func testNames() throws -> [String: [String]] {
        var names: [String: [String]] = [:]
        for file in try SourceTree().files(under: "Tests") {
            var isName = false
            for line in file.lines where isName || line.contains("func") {
                // The name may stand in the next line, if it is long.
                let pieces = line.components(separatedBy: "`")
                let head = pieces[0].trimmingCharacters(in: .whitespaces)
                if pieces.count > 2, isName || head.hasSuffix("func") {
                    names[pieces[1], default: []].append(file.path)
                }
                isName = pieces.count == 1 && head.hasSuffix("func")
            }
        }
        return names
    }

    /// The tables of the page by section, `11.1` to `11.5`.
    private static func tables() throws -> [String: [Row]] {
        var tables: [String: [Row]] = [:]
        var section = ""
        for line in try text(page).components(separatedBy: "\n") {
            if line.hasPrefix("## ") {
                section = line.hasPrefix("## O§") ? String(line.dropFirst(5).prefix(4)) : ""
            }
            guard !section.isEmpty, line.hasPrefix("| "), !line.hasPrefix("| Row ") else {
                continue
            }
            let cells = line.components(separatedBy: " | ")
            guard cells.count == 3 else {
                Issue.record("\(page) has a row of \(cells.count) cells, not 3: \(line)")
                continue
            }
            let name = String(cells[0].dropFirst(2))
            let note = cells[2].replacing("|", with: "").trimmingCharacters(in: .whitespaces)
            tables[section, default: []].append(Row(name: name, tests: tests(cells[1]), note: note))
        }
        return tables
    }

    /// The tests of a cell: one or more names in quotes, then the file that has them, and so on.
    private static func tests(_ cell: String) -> [(name: String, file: String)] {
        var tests: [(name: String, file: String)] = []
        let pieces = cell.components(separatedBy: "`")
        for place in stride(from: 0, to: pieces.count - 1, by: 2) {
            for piece in pieces[place].components(separatedBy: "“").dropFirst() {
                tests.append((piece.components(separatedBy: "”")[0], pieces[place + 1]))
            }
        }
        return tests
    }

    @Test(arguments: UpstreamProperties.bySection.keys.sorted())
    func `every row of upstream's tables stands on the page once`(section: String) throws {
        let names = try Self.tables()[section, default: []].map(\.name)
        let wanted = UpstreamProperties.bySection[section, default: []]
        for name in wanted {
            let count = names.count { $0 == name }
            #expect(count == 1, "\(Self.page) has \(name) of O§\(section) \(count) times, not once")
        }
        for name in names where !wanted.contains(name) {
            Issue.record("\(Self.page): O§\(section) has no row \(name)")
        }
    }

    @Test func `every test of a property is in its file, and a row without one says why`() throws {
        let known = try Self.known.get()
        for (section, rows) in try Self.tables() {
            for row in rows {
                let place = "\(Self.page), O§\(section) \(row.name)"
                #expect(!row.tests.isEmpty || !row.note.isEmpty, "\(place): no test, no reason")
                for test in row.tests {
                    let files = known[test.name, default: []]
                    #expect(
                        files.contains(test.file),
                        "\(place): “\(test.name)” is not in \(test.file) but in \(files)"
                    )
                }
            }
        }
    }

    /// What the command would find out one by one, without building anything.
    @Test func `every mutant applies, in one place, and names one test`() throws {
        let known = try Self.known.get()
        let rows = try Self.tables().mapValues { Set($0.map(\.name)) }
        var count = 0
        for (index, line) in try Self.text(Self.list).components(separatedBy: "\n").enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let place = "\(Self.list):\(index + 1)"
            let cells = line.components(separatedBy: "\t")
            guard cells.count == 5 else {
                Issue.record("\(place) has \(cells.count) columns, not 5")
                continue
            }
            count += 1
            let (row, file, old, new, test) = (cells[0], cells[1], cells[2], cells[3], cells[4])
            let source = try Self.text(file)
            let places = source.components(separatedBy: old).count - 1
            #expect(places == 1, "\(place): in \(file) this stands \(places) times: \(old)")
            #expect(old != new, "\(place) changes nothing")
            let files = known[test, default: []]
            #expect(files.count == 1, "\(place): “\(test)” is in \(files), one is expected")
            guard row.hasPrefix("11.") else { continue }
            let words = row.split(separator: " ", maxSplits: 1).map(String.init)
            #expect(
                words.count == 2 && rows[words[0], default: []].contains(words[1]),
                "\(place): \(Self.page) has no row \(row)"
            )
        }
        #expect(count >= 40, "there are \(count) mutants; forty are the least")
    }

    /// A rule broken for a row must be seen by a test of that row.
    @Test func `every row with a test has a mutant that one of its tests must see`() throws {
        var tried: Set<String> = []
        let tables = try Self.tables()
        let lines = try Self.text(Self.list).components(separatedBy: "\n")
        for cells in lines.map({ $0.components(separatedBy: "\t") }) where cells.count == 5 {
            let words = cells[0].split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2, let rows = tables[words[0]] else { continue }
            tried.insert(cells[0])
            let names = rows.first { $0.name == words[1] }?.tests.map(\.name) ?? []
            #expect(names.contains(cells[4]), "\(cells[0]) names no test “\(cells[4])”")
        }
        for (section, rows) in tables {
            for row in rows where !row.tests.isEmpty {
                #expect(tried.contains("\(section) \(row.name)"), "\(row.name) has no mutant")
            }
        }
    }
}
