extension Reason {
    /// The case's name: what labels metrics and fills `reason` in JSON.
    package var code: String { kind.rawValue }

    private enum Kind: String, CaseIterable {
        case learnt, forgotten, failedTooOften, belowValency, aboveValency, belowTarget, aboveTarget
        case configured, noLongerConfigured, closed, protocolEnded, merged, banned, stopping
    }

    private var kind: Kind {
        switch self {
        case .learnt: .learnt
        case .forgotten: .forgotten
        case .failedTooOften: .failedTooOften
        case .belowValency: .belowValency
        case .aboveValency: .aboveValency
        case .belowTarget: .belowTarget
        case .aboveTarget: .aboveTarget
        case .configured: .configured
        case .noLongerConfigured: .noLongerConfigured
        case .closed: .closed
        case .protocolEnded: .protocolEnded
        case .merged: .merged
        case .banned: .banned
        case .stopping: .stopping
        }
    }

    /// What the case carries, as `group 1`, `established 8` or `pongTimeout`.
    package var detail: String? {
        switch self {
        case .belowValency(let group), .aboveValency(let group): "group \(group)"
        case .belowTarget(let target, let value), .aboveTarget(let target, let value):
            "\(target.rawValue) \(value)"
        case .closed(let reason): reason.rawValue
        case .learnt, .forgotten, .failedTooOften, .configured, .noLongerConfigured, .protocolEnded,
            .merged, .banned, .stopping:
            nil
        }
    }

    /// The reason that has this code and this detail; nil if there is none.
    package init?(code: String, detail: String?) {
        guard let kind = Kind(rawValue: code) else { return nil }
        let plain: Reason?
        switch kind {
        case .learnt: plain = .learnt
        case .forgotten: plain = .forgotten
        case .failedTooOften: plain = .failedTooOften
        case .configured: plain = .configured
        case .noLongerConfigured: plain = .noLongerConfigured
        case .protocolEnded: plain = .protocolEnded
        case .merged: plain = .merged
        case .banned: plain = .banned
        case .stopping: plain = .stopping
        case .belowValency, .aboveValency, .belowTarget, .aboveTarget, .closed: plain = nil
        }
        switch (plain, detail) {
        case (.some(let reason), .none): self = reason
        case (.none, .some(let detail)): self.init(kind, detail)
        case (.some, .some), (.none, .none): return nil
        }
    }

    private init?(_ kind: Kind, _ detail: String) {
        if kind == .closed {
            guard let reason = CloseReason(rawValue: detail) else { return nil }
            self = .closed(reason)
            return
        }
        let words = detail.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let value = Int(words[1]), String(value) == words[1] else {
            return nil
        }
        if kind == .belowValency || kind == .aboveValency {
            guard words[0] == "group" else { return nil }
            self = kind == .belowValency ? .belowValency(group: value) : .aboveValency(group: value)
        } else {
            guard let target = Target(rawValue: String(words[0])) else { return nil }
            self = kind == .belowTarget ? .belowTarget(target, value) : .aboveTarget(target, value)
        }
    }

    /// What happened to a peer and why, as `promoted to reach target.active 4`.
    ///
    /// `when`, if given, stands behind the verb: `promoted at 2.31s to reach target.active 4`.
    package func sentence(from: Temperature, to: Temperature, when: String? = nil) -> String {
        let verb =
            switch (from, to) {
            case (.unknown, _): "learnt"
            case (_, .unknown): "forgotten"
            case _ where from < to: "promoted"
            case _: "demoted"
            }
        return [verb, when ?? "", clause].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The words after the verb.
    package var clause: String {
        switch self {
        case .learnt, .forgotten: ""
        case .failedTooOften: "after too many failures"
        case .belowValency(let group): "to reach the valency of group \(group)"
        case .aboveValency(let group): "to go back to the valency of group \(group)"
        case .belowTarget(let target, let value): "to reach target.\(target.rawValue) \(value)"
        case .aboveTarget(let target, let value):
            "to go back to target.\(target.rawValue) \(value)"
        case .configured: "as the topology says"
        case .noLongerConfigured: "as the topology no longer names it"
        case .closed(let reason): "as its connection ended: \(reason.rawValue)"
        case .protocolEnded: "as a protocol ended"
        case .merged: "as two handles were one node"
        case .banned: "as it is banned"
        case .stopping: "as the node stops"
        }
    }
}

extension Reason {
    /// Reads a code and its detail from two fields of a JSON object.
    package init<Key: CodingKey>(
        in fields: KeyedDecodingContainer<Key>,
        code: Key,
        detail: Key
    ) throws {
        let text = try fields.decode(String.self, forKey: code)
        let more = try fields.decodeIfPresent(String.self, forKey: detail)
        guard let reason = Reason(code: text, detail: more) else {
            throw DecodingError.dataCorruptedError(
                forKey: code,
                in: fields,
                debugDescription: "'\(text)' with detail '\(more ?? "")' is no reason for a "
                    + "transition; the codes are "
                    + Kind.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        self = reason
    }
}
