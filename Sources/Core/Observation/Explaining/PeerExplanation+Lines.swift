import WarrenPrimitives

extension PeerExplanation {
    /// Letters of a heading at the left, with the space behind it.
    private static let margin = 14
    /// Letters of the longest usual change, `unknown → cold`.
    private static let moveWidth = 14
    /// Steps of the history that are shown; older ones are counted.
    private static let shownLimit = 12

    /// The explanation as people read it: a headline, then what was found, one heading a line.
    package var lines: [String] {
        guard acquaintance != .never else {
            return [headline, "", "  \(node) had told nothing of \(peer.title) by then"]
                + doubts
        }
        var found: [(head: String, text: String)] = [
            ("source", sourceText), ("temperature", temperatureText),
        ]
        if let lastTransition { found.append(("last", text(of: lastTransition))) }
        found.append(("connection", connectionText))
        found.append(("attempts", attemptsText))
        if let nextText { found.append(("next", nextText)) }
        for force in forces {
            let text = force.hold.sentence(at: temperature, when: when)
            found.append((force.effect.heading, text))
        }
        found.append(("basis", basisText))
        let shown = history.suffix(Self.shownLimit)
        if historyCount > shown.count {
            found.append(("history", "\(historyCount - shown.count) earlier changes"))
        }
        let width = shown.map { when($0.transition.at).count }.max() ?? 0
        found += shown.map { ("history", text(of: $0.transition, width: width)) }
        return [headline, ""] + Self.aligned(found) + doubts
    }

    private var headline: String {
        let word = acquaintance == .known ? temperature.rawValue : acquaintance.rawValue
        return "\(node) → \(peer.title) at \(when(at)): \(word)"
    }

    /// A heading is said once for all lines that stand under it.
    private static func aligned(_ rows: [(head: String, text: String)]) -> [String] {
        var before = ""
        return rows.map { head, text in
            let said = head == before ? "" : head
            before = head
            return "  " + said + spaces(margin - said.count) + text
        }
    }

    /// What makes the rest uncertain.
    private var doubts: [String] {
        var found: [String] = []
        switch health {
        case .down: found.append("\(node) is down: what it knew in memory is gone")
        case .unborn, .healthy, .unhealthy: break
        }
        if isInDoubt { found.append("events of \(node) are missing: this may be wrong") }
        return found.isEmpty ? [] : [""] + found.map { "  " + $0 }
    }

    // MARK: Texts

    /// As `t=2.31s`; where nobody knows t = 0, how long before or after.
    private func when(_ instant: Instant) -> String {
        if let zeroAt { return "t=" + DurationText.point(zeroAt.duration(to: instant)) }
        if instant == at { return "now" }
        return instant < at
            ? DurationText.span(instant.duration(to: at)) + " ago"
            : "in " + DurationText.span(at.duration(to: instant))
    }

    private var sourceText: String {
        let word = source?.rawValue ?? "not told"
        let group = rootGroup.map { ", group \($0)" } ?? ""
        let names = [peer.addresses.first, peer.id.map { String($0.description.prefix(12)) + "…" }]
        return ([word + group] + names.compactMap(\.self)).joined(separator: " · ")
    }

    private var temperatureText: String {
        switch acquaintance {
        case .never, .forgotten: return "not known" + since
        case .guest: return "connected, and not among those that \(node) chooses from"
        case .known: return temperature.rawValue + (isTepid == true ? " (tepid)" : "") + since
        }
    }

    /// When it came to be so, unless that was the node's own end.
    private var since: String {
        guard let last = lastTransition, last.to == temperature else { return "" }
        return " since \(when(last.at))"
    }

    /// With the time at the right of `width` letters, so that changes stand below each other.
    private func text(of change: Snapshot.LastTransition, width: Int = 0) -> String {
        let time = when(change.at)
        let move = "\(change.from.rawValue) → \(change.to.rawValue)"
        return Self.spaces(width - time.count) + "\(time)  \(move)"
            + Self.spaces(Self.moveWidth - move.count) + "  \(change.sentence)"
    }

    private static func spaces(_ count: Int) -> String {
        String(repeating: " ", count: max(0, count))
    }

    private var connectionText: String {
        guard let connection else { return "none" }
        let direction = connection.direction?.rawValue
        var parts: [String] = [direction ?? "none"]
        if let state = connection.state, "\(state)" != direction { parts[0] += " (\(state))" }
        if let since = connection.since { parts[0] += " since \(when(since))" }
        if let usedBy = connection.usedBy {
            parts.append(
                usedBy == .cold ? "it does not use us" : "it uses us as \(usedBy.rawValue)"
            )
        }
        if let inbound = connection.inboundState { parts.append("inbound \(inbound.rawValue)") }
        if let roundTrip = connection.roundTripNanoseconds {
            parts.append("round trip \(roundTrip / 1_000_000).\(roundTrip / 100_000 % 10) ms")
        }
        return parts.joined(separator: " · ")
    }

    private var attemptsText: String {
        var parts: [String] = []
        if let count = attempts.failCount {
            let told = attempts.isCurrent ? nil : attempts.toldAt.map { " at \(when($0))" }
            parts.append("fail count \(count)" + (told ?? ""))
        }
        let dials = attempts.dialCount == 1 ? "1 dial" : "\(attempts.dialCount) dials"
        parts.append("\(dials), \(attempts.failedDialCount) failed")
        if let end = attempts.lastEnd {
            parts.append("last end \(end.reason.rawValue) at \(when(end.at))")
        }
        return parts.joined(separator: " · ")
    }

    /// When it may rise; nil where there is nothing to rise to.
    private var nextText: String? {
        if let bannedUntil { return "banned until \(when(bannedUntil))" }
        if let next = attempts.nextAt { return "not before \(when(next))" }
        guard acquaintance == .known, temperature < .hot else { return nil }
        if forces.contains(where: { $0.effect == .moves }) { return "under way" }
        if attempts.isCurrent { return "at once, if it is chosen" }
        return "not told" + (attempts.toldAt.map { " since \(when($0))" } ?? "")
    }

    private var basisText: String {
        switch basis {
        case .snapshot: "\(node)'s own account"
        case .events: "counted from the events of \(node): its jobs and waits do not show"
        case .none where acquaintance == .known: "\(node) gives no account of what holds its peers"
        case .none where acquaintance == .guest: "\(node) wants nothing of it"
        case .none: "\(node) does not know it"
        }
    }
}

extension Snapshot.LastTransition {
    fileprivate var sentence: String { reason.sentence(from: from, to: to) }
}

extension Snapshot.Hold.Effect {
    /// What stands before a force.
    fileprivate var heading: String {
        switch self {
        case .moves: "under way"
        case .bars: "held back"
        case .keeps: "kept by"
        case .raises: "would rise"
        case .lowers: "would fall"
        case .rests: "no pull"
        }
    }
}
