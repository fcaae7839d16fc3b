package import WarrenPrimitives

extension LinkQuality {
    /// The keys of a link, or of what degrades one; only what is not perfect if `isBrief`.
    func entries(isBrief: Bool) -> [Document.Entry] {
        var entries: [Document.Entry] = []
        if !isBrief || roundTrip != .zero {
            entries.append(.init("rtt", .text(Quantity.spelled(roundTrip))))
        }
        if !isBrief || jitter != .zero {
            entries.append(.init("jitter", .text(Quantity.spelled(jitter))))
        }
        if !isBrief || lossMillionths != 0 {
            entries.append(.init("loss", .text(Quantity.spelledShare(lossMillionths))))
        }
        if let bandwidth {
            entries.append(.init("bandwidth", .text(Quantity.spelledBandwidth(bandwidth))))
        }
        return entries
    }
}

extension Scenario {
    /// Every link by itself, and what holds for all others; nil if none costs anything.
    var linksDocument: Document? {
        guard usualLink != .perfect || !links.isEmpty else { return nil }
        let usual = Document.Entry("default", .map(usualLink.entries(isBrief: false)))
        return .map(
            [usual]
                + links.map {
                    .init("\($0.between) | \($0.and)", .map($0.quality.entries(isBrief: false)))
                }
        )
    }

    var faultsDocument: Document? {
        faults.isEmpty ? nil : .list(faults.map(\.document))
    }
}

extension Scenario.Fault {
    /// As an item of `faults`.
    package var document: Document {
        var entries: [Document.Entry] = [.init("at", .text(Quantity.spelled(at)))]
        if let name { entries.append(.init("name", .text(name))) }
        func sides(_ one: String, _ other: String, _ sign: String = "|") -> Document {
            .text(other.isEmpty ? one : "\(one) \(sign) \(other)")
        }
        switch action {
        case .kill(let who), .stop(let who), .pause(let who), .restart(let who):
            entries.append(.init(action.verb, .text(who)))
        case .cut(let one, let other, let mode, let oneWay):
            entries.append(.init(action.verb, sides(one, other, oneWay ? ">" : "|")))
            entries.append(.init("mode", .text(mode.rawValue)))
        case .degrade(let one, let other, let quality):
            let between = Document.Entry("between", sides(one, other))
            entries.append(.init(action.verb, .map([between] + degradation(quality))))
        case .skew(let who, let offset):
            let isLate = offset < .zero
            let size = Quantity.spelled(isLate ? .zero - offset : offset)
            let by = Document.text(isLate ? "-" + size : size)
            entries.append(.init(action.verb, .map([.init("of", .text(who)), .init("by", by)])))
        }
        if let duration { entries.append(.init("for", .text(Quantity.spelled(duration)))) }
        return .map(entries)
    }

    /// Something must be said, even if it changes nothing.
    private func degradation(_ quality: LinkQuality) -> [Document.Entry] {
        quality.entries(isBrief: quality != .perfect)
    }
}

extension Scenario.Fault {
    /// What is done to whom, as `kill relay-2` or `cut eu > us, reset`.
    package var words: String {
        func sides(_ one: String, _ other: String, _ sign: String) -> String {
            other.isEmpty ? "\(one) \(sign) everybody else" : "\(one) \(sign) \(other)"
        }
        switch action {
        case .kill(let who), .stop(let who), .pause(let who), .restart(let who):
            return "\(action.verb) \(who)"
        case .cut(let one, let other, let mode, let oneWay):
            let end = mode == .hang ? "" : ", \(mode.rawValue)"
            return "\(action.verb) " + sides(one, other, oneWay ? ">" : "|") + end
        case .degrade(let one, let other, let quality):
            let how = quality.entries(isBrief: true)
                .map { "\($0.key) \($0.value.string ?? "")" }.joined(separator: ", ")
            return "\(action.verb) " + sides(one, other, "|") + ": " + how
        case .skew(let who, let offset):
            let size = Quantity.spelled(offset < .zero ? .zero - offset : offset)
            return "\(action.verb) \(who) by \(offset < .zero ? "-" : "")\(size)"
        }
    }
}
