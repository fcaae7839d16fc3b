import Foundation
import Testing

/// The house keeps itself: rules of style 25 as a test.
struct TidyTests {
    let tree: SourceTree

    init() throws { tree = try SourceTree() }

    @Test func `the tree is there to be read`() {
        #expect(tree.files(under: "Sources/Core").count > 30)
    }

    @Test(arguments: Arrows.allowed.keys.sorted())
    func `a target imports only what the table allows`(folder: String) {
        for file in tree.files(under: folder) {
            let extra = Set(file.imports).subtracting(Arrows.allowed[folder] ?? [])
            #expect(extra.isEmpty, "\(file.path) imports \(extra.sorted())")
        }
    }

    @Test func `every folder of the floor plan stands in the table`() {
        let floors = ["Sources/Core", "Sources/Drivers", "Sources/Testnet"]
        let folders = Set(
            tree.files.compactMap { file -> String? in
                guard floors.contains(where: { file.path.hasPrefix($0 + "/") }) else { return nil }
                return file.path.split(separator: "/").prefix(3).joined(separator: "/")
            }
        )
        #expect(folders == Set(Arrows.allowed.keys))
    }

    @Test func `the node's executable sees no part of the testnet floor`() {
        for file in tree.files(under: "Sources/Tools/warren-node") {
            let barred = Arrows.barredFromNode.intersection(file.imports)
            #expect(barred.isEmpty, "\(file.path) imports \(barred.sorted())")
        }
    }

    /// Ways to reach the world that a core must not use.
    static let ambient = [
        "Clock.now", "Date()", ".random(in:", ".shuffled()", ".randomElement()", "Task {", "Task.",
        "await ", "print(", "ContinuousClock", "SuspendingClock", "Mutex", "Atomic<", "getenv",
        "SystemRandomNumberGenerator", "Hasher()", ".hashValue",
    ]

    @Test(arguments: ambient) func `no core reaches for the world`(word: String) {
        for file in tree.files(under: "Sources/Core") {
            for line in file.code where line.text.contains(word) {
                Issue.record("\(file.path):\(line.number) uses \(word)")
            }
        }
    }

    @Test func `no floating point decides anything in a core`() {
        let words = ["Double", "Float", "Float32", "CGFloat"]
        for file in tree.files(under: "Sources/Core") {
            for line in file.code {
                let tokens = line.text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
                guard words.contains(where: tokens.contains) else { continue }
                Issue.record("\(file.path):\(line.number) uses floating point")
            }
        }
    }

    static let banned = [
        "@unchecked Sendable", "nonisolated(unsafe)", "try!", "fatalError(", "TODO", "FIXME",
        "as!", "unowned(unsafe)", "swift-format-ignore",
    ]

    @Test(arguments: banned) func `nobody writes`(word: String) {
        for file in tree.files(under: "Sources") {
            for line in file.code where line.text.contains(word) {
                Issue.record("\(file.path):\(line.number) writes \(word)")
            }
        }
    }

    @Test func `no file is longer than 400 lines`() {
        for file in tree.files where !file.path.hasSuffix(".pb.swift") {
            #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func `no function in a core is longer than 60 lines`() {
        for file in tree.files(under: "Sources/Core") {
            for function in functions(in: file) where function.length > 60 {
                Issue.record("\(file.path):\(function.line) is \(function.length) lines long")
            }
        }
    }

    @Test func `nothing is named for having no name`() {
        let suffixes = ["Manager", "Helper", "Util", "Utils", "Common", "Base", "Impl"]
        let terms: Set = ["PeerManager", "ConnectionManager"]
        for file in tree.files(under: "Sources") {
            for line in file.code {
                let words = line.text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
                guard let kind = words.firstIndex(where: Self.kinds.contains),
                    kind + 1 < words.count
                else { continue }
                let name = words[kind + 1]
                guard !terms.contains(name) else { continue }
                let bad = suffixes.contains(where: name.hasSuffix)
                #expect(!bad, "\(file.path):\(line.number) declares \(name)")
            }
        }
    }

    private static let kinds: Set = ["struct", "class", "enum", "actor", "protocol"]

    @Test func `no test sleeps`() {
        let words = ["Task.sleep", "usleep(", "Thread.sleep", " sleep("]
        for file in tree.files(under: "Tests") where !file.path.hasPrefix("Tests/Tidy") {
            for line in file.code where words.contains(where: line.text.contains) {
                Issue.record("\(file.path):\(line.number) sleeps")
            }
        }
    }

    private func functions(in file: SourceTree.File) -> [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        var start: (line: Int, indent: Int)?
        for (index, line) in file.lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            let text = line.dropFirst(indent)
            if let open = start, indent == open.indent, text == "}" {
                found.append((open.line, index + 2 - open.line))
                start = nil
            }
            let isDeclaration = text.contains("func ") || text.hasPrefix("package init")
            if start == nil, isDeclaration, !text.hasPrefix("//"), !text.hasSuffix("}") {
                start = (index + 1, indent)
            }
        }
        return found
    }
}
