import WarrenPeering
package import WarrenPrimitives

/// A rule over links as `PUT /links/NAME` brings it.
package struct LinkRequest: Hashable, Sendable {
    package var rule: LinkRule
    package var ending: Ending

    package enum Ending: Hashable, Sendable {
        /// Not before somebody ends it.
        case never
        case after(Duration)
        case at(Instant)
    }

    /// How long a rule may last by itself: a year, as a fault.
    package static let durations: ClosedRange<Duration> = .milliseconds(1) ... .seconds(31_536_000)

    package init(rule: LinkRule, ending: Ending = .never) {
        self.rule = rule
        self.ending = ending
    }

    /// Reads a JSON object: the keys of ``LinkRule/read(_:)``, and `for` or `until`.
    package init(_ body: [UInt8]) throws(AdminRefusal) {
        do throws(DocumentErrors) {
            let document = Self.plain(try Document(yaml: body, file: "body"))
            var problems = DocumentProblems(file: "body")
            let asked = problems.map(document, as: "the rule") { Self.read(&$0) }
            try problems.check()
            guard let asked else { throw DocumentErrors([]) }
            self = asked
        } catch {
            throw AdminRefusal(
                400,
                error.errors.map(\.description).joined(separator: "; "),
                expected: "an object with 'peers' and one or more of 'cut', 'direction', 'rtt', "
                    + "'jitter', 'loss', 'bandwidth', and 'for' or 'until'"
            )
        }
    }

    /// Numbers with an exponent, as JSON's writers have small ones, without it.
    private static func plain(_ document: Document) -> Document {
        var copy = document
        guard let entries = document.entries else { return copy }
        copy.value = .map(
            entries.map { entry in
                guard case .decimal(let text) = entry.value.value,
                    text.contains(where: "eE".contains),
                    let number = Double(text), (0..<1e9).contains(number)
                else { return entry }
                var entry = entry
                let parts = Int64((number * 1e9).rounded())
                entry.value.value = Document.seconds(.nanoseconds(parts)).value
                return entry
            }
        )
        return copy
    }

    private static func read(_ reader: inout MapReader) -> LinkRequest? {
        let rule = LinkRule.read(&reader)
        let lasting = reader.duration("for", in: durations)
        var ending = lasting.map(Ending.after) ?? .never
        if let found = reader.optional("until") {
            let instant = found.string.flatMap(WarrenPeering.Timestamp.init)?.instant
            reader.withProblems {
                if lasting != nil {
                    $0.add(at: found, "both 'for' and 'until' are said", hint: "leave out one")
                } else if instant == nil {
                    $0.add(
                        at: found,
                        "'until' is \(found.spoken)",
                        expected: "an instant such as 2026-11-21T10:14:03Z"
                    )
                }
            }
            if let instant { ending = .at(instant) }
        }
        return rule.map { LinkRequest(rule: $0, ending: ending) }
    }

    /// When it is over, laid now.
    package func end(now: Instant) throws(AdminRefusal) -> Instant? {
        switch ending {
        case .never: return nil
        case .after(let time): return now.advanced(by: time)
        case .at(let instant):
            guard instant > now else {
                throw AdminRefusal(
                    400,
                    "'until' is \(WarrenPeering.Timestamp(instant)), which is over",
                    expected: "later than \(WarrenPeering.Timestamp(now)), this node's time"
                )
            }
            return instant
        }
    }
}

extension LinkRules.Named {
    /// As `GET /links` has it.
    package var document: Document {
        var entries = [Document.Entry("name", .text(name))] + rule.entries
        if let until {
            entries.append(.init("until", .text("\(WarrenPeering.Timestamp(until))")))
        }
        return .map(entries)
    }

    package var text: String { document.json }
}

extension LinkRules {
    package var text: String {
        Document.map([.init("rules", .list(named.map(\.document)))]).json
    }
}
