/// Rows of words in columns that stand below each other.
struct TextTable {
    struct Column {
        var head: String
        /// Numbers stand at the right of their column.
        var isNumber = false
    }

    static let none = "–"

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// What nodes say of themselves is printed on terminals, so nothing in it may steer them.
    mutating func append(_ cells: [String]) { rows.append(cells.map(\.printable)) }

    /// The heads and the rows, two spaces apart, without spaces at the end.
    var lines: [String] {
        let all = [columns.map(\.head)] + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { cells in
            let padded = zip(cells, columns.indices).map { cell, column in
                columns[column].isNumber
                    ? cell.padded(before: widths[column]) : cell.padded(to: widths[column])
            }
            return ("  " + padded.joined(separator: "  ")).withoutTrailingSpaces
        }
    }
}

extension String {
    package func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    func padded(before width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }

    /// With a mark in the place of every character that is no letter, sign or space.
    var printable: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            text.unicodeScalars.append(scalar.isControl ? "\u{FFFD}" : scalar)
        }
        return text
    }

    fileprivate var withoutTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}

extension Unicode.Scalar {
    /// Steers a terminal, ends a line, or turns the direction of writing.
    var isControl: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}
