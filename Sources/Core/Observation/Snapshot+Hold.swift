package import WarrenPrimitives

extension Snapshot {
    /// One thing that keeps a peer where it is, or would move it, as its node's peer manager sees it.
    ///
    /// In JSON it is its text, as `active 4/4` or `waits 1900000005000000000`, so that ten thousand
    /// rows stay small. Source: O§3.1, O§3.4, O§3.8.
    package enum Hold: Hashable, Sendable {
        /// A job leads there; the reason is what its transition will carry.
        case underway(to: Temperature, Reason)
        /// Its outbound side ended by itself; it is left alone until it is cold.
        case cooling
        /// Not to be dialed, or made hot, before then.
        case waits(until: Instant)
        /// It does not speak what a hot peer must.
        case cannotBeHot
        /// It is connected, and its node's policy lets nobody go.
        case kept
        /// The sensitive state holds back what would promote it, or lets it go (O§3.11).
        case gate(Gate)
        /// So many failures in a row, of those it may have before it is forgotten.
        case failures(Int, limit: Int)
        /// So many peers of a set, of so many wanted.
        case quota(Quota, count: Int, wanted: Int)
    }

    /// How far the sensitive state is.
    package enum Gate: String, Hashable, Sendable, CaseIterable {
        /// Everybody is being let go first.
        case draining
        /// Nobody but trusted peers is known.
        case onlyTrusted
    }

    /// A set of peers of which a node wants so many.
    package enum Quota: Hashable, Sendable {
        case target(Reason.Target)
        /// Roots are not forgotten up to this target.
        case roots
        case warmValency(group: Int)
        case hotValency(group: Int)
    }
}

// MARK: - Their texts

extension Snapshot.Quota: LosslessStringConvertible {
    /// As `active`, `roots` or `hotValency.0`.
    package var description: String {
        switch self {
        case .target(let target): target.rawValue
        case .roots: "roots"
        case .warmValency(let group): "warmValency.\(group)"
        case .hotValency(let group): "hotValency.\(group)"
        }
    }

    package init?(_ text: String) {
        if let target = Reason.Target(rawValue: text) {
            self = .target(target)
            return
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("roots", 1): self = .roots
        case ("warmValency", 2):
            guard let group = Int(plain: parts[1]) else { return nil }
            self = .warmValency(group: group)
        case ("hotValency", 2):
            guard let group = Int(plain: parts[1]) else { return nil }
            self = .hotValency(group: group)
        case (_, _): return nil
        }
    }
}

extension Snapshot.Hold: LosslessStringConvertible {
    package var description: String {
        switch self {
        case .underway(let temperature, let reason):
            ["underway", temperature.rawValue, reason.code, reason.detail].compactMap(\.self)
                .joined(separator: " ")
        case .cooling: "cooling"
        case .waits(let until): "waits \(until.nanoseconds)"
        case .cannotBeHot: "cannotBeHot"
        case .kept: "kept"
        case .gate(let gate): "gate \(gate.rawValue)"
        case .failures(let count, let limit): "failures \(count)/\(limit)"
        case .quota(let quota, let count, let wanted): "\(quota) \(count)/\(wanted)"
        }
    }

    /// Nil unless `text` is exactly what `description` prints.
    package init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        switch (words.first, words.count) {
        case ("cooling", 1): self = .cooling
        case ("cannotBeHot", 1): self = .cannotBeHot
        case ("kept", 1): self = .kept
        case ("waits", 2):
            guard let number = Int64(words[1]), String(number) == words[1] else { return nil }
            self = .waits(until: Instant(nanoseconds: number))
        case ("gate", 2):
            guard let gate = Snapshot.Gate(rawValue: String(words[1])) else { return nil }
            self = .gate(gate)
        case ("failures", 2):
            guard let (count, limit) = Self.pair(words[1]) else { return nil }
            self = .failures(count, limit: limit)
        case ("underway", 3...):
            let detail = words.count > 3 ? String(words[3]) : nil
            guard let temperature = Temperature(rawValue: String(words[1])),
                let reason = Reason(code: String(words[2]), detail: detail)
            else { return nil }
            self = .underway(to: temperature, reason)
        case (let name?, 2):
            guard let quota = Snapshot.Quota(String(name)),
                let (count, wanted) = Self.pair(words[1])
            else { return nil }
            self = .quota(quota, count: count, wanted: wanted)
        case (_, _): return nil
        }
    }

    /// Reads `3/8`.
    private static func pair(_ text: Substring) -> (Int, Int)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(plain: parts[0]), let of = Int(plain: parts[1])
        else { return nil }
        return (count, of)
    }
}

extension Int {
    /// A number of peers as it is printed: digits alone, none too many.
    fileprivate init?(plain text: Substring) {
        guard let number = Int(text), number >= 0, String(number) == text else { return nil }
        self = number
    }
}

extension Snapshot.Hold: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.valueOfText("hold", expected: "one as 'active 3/4' or 'cooling'")
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encodeText(self) }
}

// MARK: - What they do

extension Snapshot.Hold {
    /// What it does to a peer.
    package enum Effect: String, Hashable, Sendable, Codable, CaseIterable {
        /// It is on its way.
        case moves
        /// It may not rise now.
        case bars
        /// It counts, and is not too many.
        case keeps
        /// More such peers are wanted than there are: it may be chosen.
        case raises
        /// It may be let go.
        case lowers
        /// It asks for nothing now.
        case rests
    }

    /// What it does to a peer of this temperature.
    package func effect(at temperature: Temperature) -> Effect {
        switch self {
        case .underway, .cooling: .moves
        case .waits, .cannotBeHot, .gate: .bars
        case .kept: .keeps
        case .failures(let count, let limit): count < limit ? .rests : .lowers
        case .quota(let quota, let count, let wanted):
            if temperature < quota.floor {
                count < wanted ? .raises : .rests
            } else if count > wanted, !quota.isOnlyFilled {
                .lowers
            } else {
                .keeps
            }
        }
    }

    /// It in words, as `active 3 of 4: 1 more wanted`; `when` says what an instant is called.
    package func sentence(at temperature: Temperature, when: (Instant) -> String) -> String {
        switch self {
        case .underway(let to, let reason):
            "to \(to.rawValue)" + (reason.clause.isEmpty ? "" : ", \(reason.clause)")
        case .cooling: "to cold: its outbound side ended by itself"
        case .waits(let until):
            "not to be \(temperature == .warm ? "made hot" : "dialed") before \(when(until))"
        case .cannotBeHot: "it does not speak what a hot peer must"
        case .kept: "connected, and nobody is let go"
        case .gate(.draining): "the ledger is too old: everybody is being let go"
        case .gate(.onlyTrusted): "the ledger is too old: only trusted peers are welcome"
        case .failures(let count, let limit):
            "\(count) of at most \(limit) failures"
                + (count < limit ? "" : ": one more and it is forgotten")
        case .quota(let quota, let count, let wanted):
            "\(quota.name) \(count) of \(wanted)" + remark(count, wanted, at: temperature)
        }
    }

    private func remark(_ count: Int, _ wanted: Int, at temperature: Temperature) -> String {
        switch effect(at: temperature) {
        case .raises: ": \(wanted - count) more wanted"
        case .lowers: ": \(count - wanted) too many"
        case .moves, .bars, .keeps, .rests: ""
        }
    }
}

extension Snapshot.Quota {
    /// The lowest temperature that counts.
    fileprivate var floor: Temperature {
        switch self {
        case .target(.known), .target(.knownBigLedger), .roots: .cold
        case .target(.established), .target(.establishedBigLedger), .warmValency: .warm
        case .target(.active), .target(.activeBigLedger), .hotValency: .hot
        }
    }

    /// More than wanted are left where they are: local roots are never made cold (O§3.10).
    fileprivate var isOnlyFilled: Bool {
        switch self {
        case .warmValency: true
        case .target, .roots, .hotValency: false
        }
    }

    fileprivate var name: String {
        switch self {
        case .target(let target): "target.\(target.rawValue)"
        case .roots: "target.root"
        case .warmValency(let group): "warm valency of group \(group):"
        case .hotValency(let group): "hot valency of group \(group):"
        }
    }
}
