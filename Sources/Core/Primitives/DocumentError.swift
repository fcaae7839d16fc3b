/// One thing wrong in a file, for the eyes of whoever wrote the file.
///
/// Reads as `testnets/x.yaml:7: unknown key 'regoin': did you mean 'region'?`.
package struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    package var file: String
    /// From 1; 0 where no line is to blame.
    package var line: Int
    package var column: Int
    package var found: String
    package var expected: String?
    package var hint: String?

    package init(
        file: String,
        line: Int,
        column: Int = 0,
        found: String,
        expected: String? = nil,
        hint: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.found = found
        self.expected = expected
        self.hint = hint
    }

    package var description: String {
        let place = line > 0 ? "\(file):\(line): " : "\(file): "
        let wanted = expected.map { ": expected \($0)" } ?? ""
        return place + found + wanted + (hint.map { ": \($0)" } ?? "")
    }
}

/// Everything found wrong in one file, in the order of its lines.
package struct DocumentErrors: Error, Hashable, Sendable, CustomStringConvertible {
    package var errors: [DocumentError]

    package init(_ errors: [DocumentError]) { self.errors = errors }

    package init(_ error: DocumentError) { errors = [error] }

    package var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// The list of what is wrong so far, kept while a file is read so that one run names it all.
package struct DocumentProblems: Hashable, Sendable {
    /// Errors kept of one file; a file with more has been understood as bad by then.
    package static let limit = 50

    package let file: String
    package private(set) var errors: [DocumentError] = []
    /// What a lenient reader only warns of.
    package private(set) var warnings: [DocumentError] = []

    package init(file: String) { self.file = file }

    package mutating func add(
        at place: Document,
        _ found: String,
        expected: String? = nil,
        hint: String? = nil
    ) {
        add(line: place.line, column: place.column, found, expected: expected, hint: hint)
    }

    package mutating func add(
        line: Int,
        column: Int = 0,
        _ found: String,
        expected: String? = nil,
        hint: String? = nil
    ) {
        guard errors.count < Self.limit else { return }
        errors.append(
            DocumentError(
                file: file,
                line: line,
                column: column,
                found: found,
                expected: expected,
                hint: hint
            )
        )
    }

    package mutating func warn(at place: Document, _ found: String, hint: String? = nil) {
        warn(line: place.line, column: place.column, found, hint: hint)
    }

    package mutating func warn(
        line: Int,
        column: Int = 0,
        _ found: String,
        hint: String? = nil
    ) {
        guard warnings.count < Self.limit else { return }
        warnings.append(
            DocumentError(file: file, line: line, column: column, found: found, hint: hint)
        )
    }

    /// Throws what is wrong, if anything is.
    package func check() throws(DocumentErrors) {
        guard !errors.isEmpty else { return }
        let ordered = errors.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset)
                < ($1.element.line, $1.element.column, $1.offset)
        }
        throw DocumentErrors(ordered.map(\.element))
    }
}

/// The word of `words` that `word` was probably meant to be.
///
/// Nil unless it takes at most one change for every three letters: insertions, deletions, other
/// letters, two letters swapped. Letter case is free.
package func nearest(to word: String, among words: some Sequence<String>) -> String? {
    /// A longer word was not mistyped, it is something else; keeps the work small.
    let lengthLimit = 64
    let mistyped = Array(word.lowercased().utf8)
    guard !mistyped.isEmpty, mistyped.count <= lengthLimit else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in words {
        let right = Array(candidate.lowercased().utf8)
        guard right.count <= lengthLimit else { continue }
        let distance = editDistance(mistyped, right)
        let allowed = max(1, max(mistyped.count, right.count) / 3)
        if distance <= allowed, distance < right.count, distance < best?.distance ?? .max {
            best = (candidate, distance)
        }
    }
    return best?.word
}

/// Edits between two words, where swapping two neighbours is one (optimal string alignment).
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var older: [Int] = []
    var previous = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                best = min(best, older[j - 1] + 1)
            }
            row.append(best)
        }
        older = previous
        previous = row
    }
    return previous[b.count]
}
