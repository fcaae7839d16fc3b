extension LinkRule {
    /// Reads `peers`, `rtt`, `jitter`, `loss` and `bandwidth`.
    ///
    /// Numbers are seconds, a share and bits a second; texts such as `80ms`, `1%` and `8Mbit` will
    /// do too. Nil where there are no peers; what is wrong is with the reader's problems.
    package static func readQuality(_ reader: inout MapReader) -> LinkRule? {
        let said = reader.optional("peers")
        if said == nil {
            let place = reader.place
            reader.withProblems {
                $0.add(at: place, "a link has no 'peers'", expected: LinkPeers.expected)
            }
        }
        let peers = reader.list("peers", limit: LinkPeers.limit) { item, problems in
            LinkPeers.read(item, &problems)
        }
        let quality = LinkWords(&reader, takesBits: true).over(.perfect)
        guard let said, let peers else { return nil }
        guard !peers.isEmpty else {
            reader.withProblems {
                $0.add(at: said, "'peers' names nobody", expected: LinkPeers.expected)
            }
            return nil
        }
        return LinkRule(peers: LinkPeers(peers), quality: quality)
    }

    /// As ``readQuality(_:)``, with `cut` and its `direction`; one of them all must be said.
    package static func read(_ reader: inout MapReader) -> LinkRule? {
        let rule = readQuality(&reader)
        let mode: CutMode? = reader.word("cut")
        let direction: Direction? = reader.word("direction")
        if mode == nil, direction != nil, let found = reader.value("direction") {
            reader.withProblems {
                $0.add(
                    at: found,
                    "'direction' is said of a link that is not cut",
                    hint: "say 'cut' too, or leave it out"
                )
            }
        }
        guard var rule else { return nil }
        rule.cut = mode.map { Cut($0, direction ?? .both) }
        if rule.cut == nil, rule.quality == .perfect {
            let place = reader.place
            reader.withProblems {
                $0.add(
                    at: place,
                    "the rule changes nothing",
                    expected: "'cut', 'rtt', 'jitter', 'loss' or 'bandwidth'"
                )
            }
        }
        return rule
    }

    /// The keys of ``read(_:)``, without those that would change nothing.
    package var entries: [Document.Entry] {
        var entries = [Document.Entry("peers", .list(peers.all.map { .text("\($0)") }))]
        if let cut {
            entries.append(.init("cut", .text(cut.mode.rawValue)))
            entries.append(.init("direction", .text(cut.direction.rawValue)))
        }
        if quality.roundTrip != .zero { entries.append(.init("rtt", .seconds(quality.roundTrip))) }
        if quality.jitter != .zero { entries.append(.init("jitter", .seconds(quality.jitter))) }
        if quality.lossMillionths != 0 {
            let share = Quantity.spelledShare(quality.lossMillionths)
            entries.append(.init("loss", Document(plain: share)))
        }
        if let bandwidth = quality.bandwidth {
            entries.append(.init("bandwidth", .number(bandwidth)))
        }
        return entries
    }
}

extension LinkPeers {
    static let expected = "node ids, addresses, or blocks of them such as 127.2.0.0/16"

    static func read(_ item: Document, _ problems: inout DocumentProblems) -> Peer? {
        if let peer = item.string.flatMap(Peer.init) { return peer }
        problems.add(at: item, "'peers' has \(item.spoken)", expected: expected)
        return nil
    }
}

extension Document {
    /// A duration as a number of seconds, to the nanosecond.
    package static func seconds(_ duration: Duration) -> Document {
        let (whole, rest) = duration.wholeNanoseconds.quotientAndRemainder(
            dividingBy: 1_000_000_000
        )
        guard rest > 0 else { return .number(whole) }
        let digits = String(rest)
        var fraction = String(repeating: "0", count: 9 - digits.utf8.count) + digits
        while fraction.last == "0" { fraction.removeLast() }
        return Document(.decimal("\(whole).\(fraction)"))
    }
}
