import Foundation

/// The repository's own Swift files, read as text.
struct SourceTree {
    struct File {
        /// Relative to the repository: `Sources/Core/Switch/Switch.swift`.
        var path: String
        var lines: [String]

        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ").map(String.init)
                guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
                    words[..<at].allSatisfy(Self.importWords.contains)
                else { return nil }
                let kinds: Set = ["struct", "class", "enum", "protocol", "func", "let", "var"]
                let name = kinds.contains(words[at + 1]) ? words[at + 2] : words[at + 1]
                return name.split(separator: ".").first.map(String.init)
            }
        }

        private static let importWords: Set = [
            "public", "package", "internal", "private", "fileprivate", "@preconcurrency",
            "@testable", "@_exported", "@unsafe",
        ]

        /// Lines of code: comments and blank lines left out, with their numbers.
        var code: [(number: Int, text: String)] {
            lines.enumerated().compactMap { index, line in
                let text = line.trimmingCharacters(in: .whitespaces)
                guard !text.isEmpty, !text.hasPrefix("//") else { return nil }
                return (index + 1, text)
            }
        }
    }

    let files: [File]

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    init() throws {
        var files: [File] = []
        for top in ["Sources", "Tests"] {
            let base = Self.root.appending(path: top)
            let walk = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
            while let url = walk?.nextObject() as? URL {
                guard url.pathExtension == "swift" else { continue }
                let path = url.path.dropFirst(Self.root.path.count)
                let text = try String(contentsOf: url, encoding: .utf8)
                files.append(
                    File(
                        path: String(path.drop { $0 == "/" }),
                        lines: text.components(separatedBy: "\n")
                    )
                )
            }
        }
        self.files = files.sorted { $0.path < $1.path }
    }

    func files(under folder: String) -> [File] {
        files.filter { $0.path.hasPrefix(folder + "/") }
    }
}
