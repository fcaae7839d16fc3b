/// Letters of a word that `nearest` looks at; longer words have no neighbours.
private let nearestLetterLimit = 64

/// The word among `words` that someone who wrote `word` most likely meant; nil if none is near.
///
/// Near is an edit distance of at most a third of the word's length, and at least 1, where a swap
/// of neighbours is one edit and case does not count. Of equals the first wins.
package func nearest(_ word: String, among words: some Sequence<String>) -> String? {
    let letters = Array(word.lowercased())
    guard !letters.isEmpty, letters.count <= nearestLetterLimit else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in words {
        let others = Array(candidate.lowercased())
        guard others.count <= nearestLetterLimit else { continue }
        let distance = editDistance(letters, others)
        if distance <= max(1, letters.count / 3), distance < best?.distance ?? .max {
            best = (candidate, distance)
        }
    }
    return best?.word
}

/// How many insertions, removals, replacements and swaps of neighbours turn `a` into `b`.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var before: [Int] = []
    var last = Array(0...b.count)
    for (row, letter) in a.enumerated() {
        var line = [row + 1]
        for (column, other) in b.enumerated() {
            var least = min(line[column], last[column + 1]) + 1
            least = min(least, last[column] + (letter == other ? 0 : 1))
            if row > 0, column > 0, letter == b[column - 1], a[row - 1] == other {
                least = min(least, before[column - 1] + 1)
            }
            line.append(least)
        }
        before = last
        last = line
    }
    return last[b.count]
}
