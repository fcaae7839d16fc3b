import Foundation
import Testing

/// The pages under docs/ speak of tests and files that are there.
struct DocsTests {
    private func pages() throws -> [(name: String, text: String)] {
        let folder = SourceTree.root.appending(path: "docs")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder,
            includingPropertiesForKeys: nil
        )
        return try files.filter { $0.pathExtension == "md" }
            .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
            .sorted { $0.0 < $1.0 }
    }

    /// What stands between typographic quotes in docs/wire.md are names of tests, and only that.
    @Test func `every test that the page on the wire names is there`() throws {
        let page = try #require(try pages().first { $0.name == "wire.md" })
        let tests = Set(
            try SourceTree().files(under: "Tests").flatMap(\.lines).compactMap { line -> String? in
                let pieces = line.components(separatedBy: "`")
                guard pieces.count >= 3, pieces[0].hasSuffix("func ") else { return nil }
                return pieces[1]
            }
        )
        let named = page.text.components(separatedBy: "“").dropFirst().map { piece in
            piece.components(separatedBy: "”")[0].split { $0 == "\n" }.joined(separator: " ")
        }
        #expect(named.count > 60)
        for name in named where !tests.contains(name) {
            Issue.record("no test is called “\(name)”")
        }
    }

    @Test func `every file that a page or an article names is there`() throws {
        var texts = try pages()
        let core = SourceTree.root.appending(path: "Sources/Core")
        for module in try FileManager.default.contentsOfDirectory(atPath: core.path).sorted() {
            let article = core.appending(path: "\(module)/\(module).docc/\(module).md")
            texts.append((module, try String(contentsOf: article, encoding: .utf8)))
        }
        for (name, text) in texts {
            for span in text.components(separatedBy: "`").enumerated() where span.offset % 2 == 1 {
                let path = span.element
                let tops = ["Sources/", "Tests/", "docs/", "testnets/"]
                guard tops.contains(where: path.hasPrefix), !path.contains(" "),
                    !path.contains("<"), !path.contains("*"), !path.hasPrefix("testnets/out")
                else { continue }
                let isThere = FileManager.default.fileExists(
                    atPath: SourceTree.root.appending(path: path).path
                )
                #expect(isThere, "\(name): there is no \(path)")
            }
        }
    }

    /// A landing page is a page: what it is, a diagram, invariants, sources (style 25).
    @Test func `every core module has a landing page`() throws {
        let core = SourceTree.root.appending(path: "Sources/Core")
        for module in try FileManager.default.contentsOfDirectory(atPath: core.path).sorted() {
            let article = core.appending(path: "\(module)/\(module).docc/\(module).md")
            let text = try String(contentsOf: article, encoding: .utf8)
            #expect(text.hasPrefix("# ``Warren\(module)``\n"), "\(module)")
            for heading in ["## Overview", "## Invariants", "## Sources"] {
                #expect(text.contains("\n\(heading)\n"), "\(module) has no \(heading)")
            }
            #expect(text.contains("```\n"), "\(module) has no diagram")
            #expect(text.components(separatedBy: "\n").count <= 80, "\(module) is over a page")
        }
    }
}
