import WarrenObservation
import WarrenPrimitives

/// Two regions, whichever comes first.
private struct RegionPair: Hashable {
    let low: String
    let high: String

    init(_ a: String, _ b: String) {
        low = min(a, b)
        high = max(a, b)
    }
}

extension Scenario {
    /// Reads `links`, once the regions are known: a ready-made matrix, what holds where nothing
    /// else is said, and links by the names of regions.
    ///
    /// Leaves one link for each pair of regions that differs from the usual one.
    mutating func readLinks(_ reader: inout MapReader) {
        guard let found = reader.optional("links") else { return }
        let regions = regions
        guard regions.count <= Self.regionLimit else {
            let count = regions.count
            return reader.withProblems {
                $0.add(
                    at: found,
                    "there are \(count) regions to link",
                    expected: "at most \(Self.regionLimit)"
                )
            }
        }
        reader.withProblems { problems in
            problems.map(found, as: "'links'") { reader in
                readLinks(among: regions, &reader)
            }
        }
    }

    private mutating func readLinks(among regions: [String], _ reader: inout MapReader) {
        let matrix = reader.matrix("matrix")
        let usual = reader.map("default") { LinkWords(&$0) }
        usualLink = usual?.over(.perfect) ?? .perfect
        let known = regions + (matrix?.regions ?? []).filter { !regions.contains($0) }
        var said: [RegionPair: LinkWords] = [:]
        for key in reader.keys where key != "matrix" && key != "default" {
            guard let found = reader.value(key) else { continue }
            let words = reader.withProblems { problems in
                problems.map(found, as: "the link '\(Document.clipped(key))'") { LinkWords(&$0) }
            }
            let pair = reader.withProblems {
                Self.pair(key, at: found, among: known, matrix, &$0)
            }
            guard let pair else { continue }
            if said.updateValue(words, forKey: pair) != nil {
                reader.withProblems {
                    $0.add(
                        at: found,
                        "the link between '\(pair.low)' and '\(pair.high)' stands twice",
                        hint: "links hold both ways"
                    )
                }
            }
        }
        links = []
        for (place, one) in regions.enumerated() {
            for other in regions[place...] {
                var base = usualLink
                if let time = matrix?.roundTrip(one, other) { base.roundTrip = time }
                let quality = said[RegionPair(one, other)]?.over(base) ?? base
                guard quality != usualLink else { continue }
                links.append(Link(between: one, and: other, quality: quality))
            }
        }
        if let matrix { checkCover(matrix, regions, Array(said.keys), &reader) }
    }

    /// A region that the matrix does not have would be next door to everybody, in silence.
    private func checkCover(
        _ matrix: RegionMatrix,
        _ regions: [String],
        _ said: [RegionPair],
        _ reader: inout MapReader
    ) {
        guard usualLink.roundTrip == .zero, let found = reader.optional("matrix") else { return }
        for group in groups where group.regions.isEmpty && group.count > 0 {
            reader.withProblems {
                $0.add(
                    at: found,
                    "the group '\(group.name)' has no region for the matrix '\(matrix.name)'",
                    expected: "'region' on every group, or a default link"
                )
            }
        }
        for region in regions where !matrix.regions.contains(region) {
            guard !said.contains(where: { $0.low == region || $0.high == region }) else { continue }
            reader.withProblems {
                $0.add(
                    at: found,
                    "the matrix '\(matrix.name)' has no region '\(region)'",
                    expected: matrix.regions.joined(separator: ", "),
                    hint: nearest(to: region, among: matrix.regions)
                        .map { "did you mean '\($0)'?" }
                        ?? "say how it is linked, or a default"
                )
            }
        }
    }

    /// The regions that a key names: `eu-us`, `eu | us`, or `eu` for the link within it.
    private static func pair(
        _ key: String,
        at place: Document,
        among known: [String],
        _ matrix: RegionMatrix?,
        _ problems: inout DocumentProblems
    ) -> RegionPair? {
        let sides = key.split(separator: "|", omittingEmptySubsequences: false).map(trimmed)
        if sides.count == 2 {
            let strangers = sides.filter { !known.contains($0) }
            for name in strangers { complain(name, in: key, at: place, among: known, &problems) }
            return strangers.isEmpty ? RegionPair(sides[0], sides[1]) : nil
        }
        var readings: [RegionPair] = known.contains(key) ? [RegionPair(key, key)] : []
        var halves: [String] = []
        for hyphen in key.indices where key[hyphen] == "-" {
            let low = String(key[..<hyphen])
            let high = String(key[key.index(after: hyphen)...])
            if known.contains(low), known.contains(high) { readings.append(RegionPair(low, high)) }
            // Of a pair with one stranger, the stranger is to blame.
            if known.contains(low) { halves.append(high) }
            if known.contains(high) { halves.append(low) }
        }
        guard readings.count < 2 else {
            let meanings = readings.map { "'\($0.low) | \($0.high)'" }
            problems.add(
                at: place,
                "the link '\(Document.clipped(key))' may mean several pairs of regions",
                expected: meanings.joined(separator: " or ")
            )
            return nil
        }
        if let only = readings.first { return only }
        complain(halves.first ?? key, in: key, at: place, among: known, &problems)
        return nil
    }

    private static func complain(
        _ name: String,
        in key: String,
        at place: Document,
        among known: [String],
        _ problems: inout DocumentProblems
    ) {
        problems.add(
            at: place,
            "the link '\(Document.clipped(key))' has '\(Document.clipped(name))', "
                + "which is no region here",
            expected: known.isEmpty ? "groups to say their 'region'" : "two regions, as 'eu-us'",
            hint: nearest(to: name, among: known).map { "did you mean '\($0)'?" }
        )
    }

    /// Without the blanks at both ends.
    static func trimmed(_ text: some StringProtocol) -> String {
        var rest = Substring(text)
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}

extension MapReader {
    fileprivate mutating func matrix(_ key: String) -> RegionMatrix? {
        guard let found = optional(key) else { return nil }
        let names = RegionMatrix.all.map(\.name)
        return withProblems { problems in
            guard let name = problems.string(found, named: key) else { return nil }
            if let matrix = RegionMatrix.named(name) { return matrix }
            problems.add(
                at: found,
                "'\(key)' is \(found.spoken)",
                expected: names.joined(separator: " or "),
                hint: nearest(to: name, among: names).map { "did you mean '\($0)'?" }
            )
            return nil
        }
    }
}
