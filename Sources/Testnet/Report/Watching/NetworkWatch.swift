package import WarrenObservation
package import WarrenPrimitives
package import WarrenScenario

/// What one sees of a network who looks at it again and again: how it is, and what has changed.
///
/// A value without clock or terminal: it is given snapshots, and gives lines. Of what happened
/// between two looks it knows each peer's last move only.
package struct NetworkWatch: Sendable {
    package let manifest: NetworkManifest
    package private(set) var snapshots: [String: Snapshot] = [:]
    /// The newest last; as many as are kept.
    package private(set) var changes: [Change] = []
    /// Since when the network's greatest height has been what it is.
    private var heightAt: Instant?
    private var height: UInt64 = 0
    private var hasLooked = false
    private let names: [NodeID: String]

    /// How many changes are kept.
    package static let changeLimit = 200

    package init(_ manifest: NetworkManifest) {
        self.manifest = manifest
        names = Dictionary(manifest.nodes.map { ($0.id, $0.name) }) { first, _ in first }
    }

    /// Takes a look; returns what is new.
    ///
    /// The first look shows how things are, and no change.
    package mutating func take(_ next: [String: Snapshot], at now: Instant) -> [Change] {
        var found: [Change] = []
        for node in manifest.nodes {
            found += changes(of: node.name, from: snapshots[node.name], to: next[node.name], now)
        }
        if let block = advance(next, now) { found.append(block) }
        snapshots = next
        guard hasLooked else {
            hasLooked = true
            return []
        }
        found.sort { $0.at < $1.at }
        changes = Array((changes + found).suffix(Self.changeLimit))
        return found
    }

    private func changes(
        of name: String,
        from old: Snapshot?,
        to new: Snapshot?,
        _ now: Instant
    ) -> [Change] {
        guard let new else { return old == nil ? [] : [Change(.down, name, at: now)] }
        guard let old else { return [Change(.up, name, at: now)] }
        guard old.node.incarnation == new.node.incarnation else {
            return [Change(.restarted, name, at: new.node.startedAt)]
        }
        var found: [Change] = []
        for peer in new.peers {
            guard let last = peer.lastTransition, last.at > old.takenAt else { continue }
            var change = Change(.moved, name, at: last.at)
            change.peer = peer.id.flatMap { names[$0] } ?? peer.address ?? "\(peer.peer)"
            change.from = last.from
            change.to = last.to
            change.reason = last.reason.clause
            found.append(change)
        }
        if let before = old.chain, let tip = new.chain, tip.hash != before.hash,
            tip.height <= before.height
        {
            found.append(Self.change(.rolledBack, name, tip, now))
        }
        return found
    }

    /// Who is at a height where none was before: of several the first in the scenario's order, as
    /// snapshots do not tell who was there first.
    private mutating func advance(_ next: [String: Snapshot], _ now: Instant) -> Change? {
        var best: (name: String, tip: Snapshot.Tip)?
        for node in manifest.nodes {
            guard let tip = next[node.name]?.chain, tip.height > max(height, best?.tip.height ?? 0)
            else { continue }
            best = (node.name, tip)
        }
        guard let best else { return nil }
        height = best.tip.height
        heightAt = now
        return Self.change(.block, best.name, best.tip, now)
    }

    private static func change(
        _ what: Change.What,
        _ node: String,
        _ tip: Snapshot.Tip,
        _ now: Instant
    ) -> Change {
        var change = Change(what, node, at: now)
        change.height = tip.height
        change.hash = tip.hash
        return change
    }
}

// MARK: - The picture

extension NetworkWatch {
    /// Lines of the screen that are not the table's, the verdicts' or the changes'.
    private static let frameHeight = 5
    /// Changes that are shown if there is room for the table, too.
    private static let leastChanges = 4

    /// The network on a screen of so many rows and columns.
    package func lines(
        head: String,
        verdicts: [VerdictRow],
        at now: Instant,
        rows: Int,
        columns: Int,
        paint: Paint = .none
    ) -> [String] {
        var lines = [paint(.bold, head), "  " + summary(verdicts, at: now), ""]
        let broken = verdicts.filter { $0.verdict == "broken" }
        let brokenLines = broken.flatMap { $0.lines(width: broken.width, paint: paint) }
        var room = rows - Self.frameHeight - brokenLines.count
        let table = NodeTable(manifest: manifest, snapshots: snapshots).lines(paint: paint)
        let shown = table.count <= room - Self.leastChanges ? table.count : room / 2
        lines += table.prefix(max(shown, 1))
        if shown < table.count { lines.append("  … and \(table.count - shown) nodes more") }
        room -= min(shown + 1, table.count)
        if !brokenLines.isEmpty { lines += [""] + brokenLines }
        lines.append("")
        let width = manifest.nodes.map(\.name.count).max() ?? 0
        for change in changes.suffix(max(room, 0)) {
            let ago = DurationText.span(change.at.duration(to: now)).padded(before: 8)
            let text = "  \(ago) ago  \(change.text(width: width))"
            lines.append(change.colour.map { paint($0, text) } ?? text)
        }
        // A line that wraps would push the first off the screen.
        return lines.prefix(max(rows - 1, 1)).map { $0.clipped(to: columns) }
    }

    private func summary(_ verdicts: [VerdictRow], at now: Instant) -> String {
        var parts = ["\(snapshots.count) of \(manifest.nodes.count) nodes answer"]
        if let heightAt {
            let ends = Set(snapshots.values.compactMap { $0.chain?.hash })
            let tips = snapshots.values.compactMap(\.chain)
            let there = tips.count { $0.height == height }
            let age = DurationText.span(heightAt.duration(to: now))
            parts.append("height \(height), \(age) old, at \(there) of \(tips.count)")
            if ends.count > 1 { parts.append("\(ends.count) tips") }
        }
        if !verdicts.isEmpty {
            let words = ["held", "broken", "unknown"].compactMap { word -> String? in
                let count = verdicts.count { $0.verdict == word }
                return count > 0 ? "\(count) \(word)" : nil
            }
            let open = verdicts.count { $0.verdict == nil }
            parts.append((words + (open > 0 ? ["\(open) open"] : [])).joined(separator: ", "))
        }
        return parts.joined(separator: " · ")
    }
}

extension String {
    /// At most so many letters, whatever colours it has.
    fileprivate func clipped(to columns: Int) -> String {
        guard columns > 0, count > columns else { return self }
        var (kept, width, isEscape) = ("", 0, false)
        for letter in self {
            if letter == "\u{1B}" { isEscape = true }
            if isEscape {
                kept.append(letter)
                if letter == "m" { isEscape = false }
            } else if width < columns {
                kept.append(letter)
                width += 1
            }
        }
        return kept
    }
}
