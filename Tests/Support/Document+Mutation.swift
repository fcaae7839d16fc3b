import Foundation
package import WarrenPrimitives

/// How many mutated inputs a fuzz test tries: `WARREN_FUZZ`, or 10,000.
package enum FuzzCount {
    package static var value: Int {
        ProcessInfo.processInfo.environment["WARREN_FUZZ"].flatMap(Int.init) ?? 10_000
    }
}

extension Document {
    /// The document with a line for every entry and item, from 1 on, as a file would have them.
    package func numbered() -> Document {
        var line = 0
        return numbered(&line)
    }

    private func numbered(_ line: inout Int) -> Document {
        var copy = self
        copy.line = max(line, 1)
        switch value {
        case .map(let entries):
            copy.value = .map(
                entries.map { entry in
                    line += 1
                    let at = line
                    return Entry(entry.key, entry.value.numbered(&line), line: at, column: 1)
                }
            )
        case .list(let items):
            copy.value = .list(
                items.map { item in
                    line += 1
                    return item.numbered(&line)
                }
            )
        case .null, .bool, .integer, .decimal, .string: break
        }
        return copy
    }

    /// The document with one to three places changed into something odd.
    package func mutated(_ random: inout Random) -> Document {
        var copy = self
        for _ in 0...random.below(3) { copy.mutate(&random) }
        return copy
    }

    private mutating func mutate(_ random: inout Random) {
        switch value {
        case .map(var entries) where !entries.isEmpty && random.chance(5, in: 6):
            let place = random.below(entries.count)
            switch random.below(8) {
            case 0: entries.remove(at: place)
            case 1: entries.append(entries[place])
            case 2: entries[place].key = Self.oddText(&random)
            case 3: entries[place].value = entries[random.below(entries.count)].value
            default: entries[place].value.mutate(&random)
            }
            value = .map(entries)
        case .list(var items) where !items.isEmpty && random.chance(5, in: 6):
            let place = random.below(items.count)
            switch random.below(6) {
            case 0: items.remove(at: place)
            case 1: items.append(items[place])
            case 2: items = []
            default: items[place].mutate(&random)
            }
            value = .list(items)
        case .string(let text) where random.chance(1, in: 2):
            var letters = Array(text.unicodeScalars)
            let odd = Array(Self.oddText(&random).unicodeScalars)
            let place = random.below(letters.count + 1)
            if random.chance(1, in: 2), place < letters.count {
                letters.remove(at: place)
            } else {
                letters.insert(contentsOf: odd, at: place)
            }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: letters)
            value = .string(String(view))
        case .null, .bool, .integer, .decimal, .string, .list, .map: value = Self.odd(&random, self)
        }
    }

    private static func odd(_ random: inout Random, _ old: Document) -> Content {
        switch random.below(12) {
        case 0: .null
        case 1: .bool(random.chance(1, in: 2))
        case 2: .integer(Int64(random.below(12)) - 2)
        case 3: .integer(random.chance(1, in: 2) ? .max : .min)
        case 4: .integer(10_000_000)
        case 5: .decimal(["1.5", "-0.5", "1e400", "99999999999999999999", "0.1"][random.below(5)])
        case 6: .list([])
        case 7: .map([])
        case 8: .list([old, old])
        case 9: .map([.init("x", old)])
        default: .string(oddText(&random))
        }
    }

    private static func oddText(_ random: inout Random) -> String {
        let texts = [
            "", " ", "a", "-1", "0", "1.5s", "1e9", "null", "true", "@", ":", "::", "[::1]:1", "..",
            "relay", "relay-1", "relay-1..3", "none", "*", ",", "\u{0}", "é", "\u{1F600}", "0x10",
            "0.0.0.0", "999999999999999999999999", "99999999999h", "%", "100%", "tcp://", "a.b:1",
            String(repeating: "a", count: 300),
        ]
        return texts[random.below(texts.count)]
    }
}
