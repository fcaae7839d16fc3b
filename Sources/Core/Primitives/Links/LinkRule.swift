/// What holds on the links to some peers: how bytes fare there, or that none get through.
///
/// A node slows down and holds back only what it sends itself, so that the rules of both ends
/// together make the link. Source: design §17.12.
package struct LinkRule: Hashable, Sendable {
    package var peers: LinkPeers
    package var quality: LinkQuality
    package var cut: Cut?

    package struct Cut: Hashable, Sendable {
        package var mode: CutMode
        package var direction: Direction

        package init(_ mode: CutMode, _ direction: Direction = .both) {
            self.mode = mode
            self.direction = direction
        }
    }

    /// Which way nothing gets through, as the node sees it.
    package enum Direction: String, Hashable, Sendable, CaseIterable {
        case out
        case `in`
        case both
    }

    package init(peers: LinkPeers, quality: LinkQuality = .perfect, cut: Cut? = nil) {
        self.peers = peers
        self.quality = quality
        self.cut = cut
    }
}

/// What all rules together mean for the link to one peer.
package struct LinkEffect: Hashable, Sendable {
    package var quality = LinkQuality.perfect
    package var outCut: CutMode?
    package var inCut: CutMode?

    package init() {}

    package static let none = LinkEffect()

    package var isNone: Bool { self == .none }
    package var isCut: Bool { outCut != nil || inCut != nil }
    /// No connection outlives this, and none comes about.
    package var isReset: Bool { outCut == .reset || inCut == .reset }

    /// This link while `rule` holds as well; of two cuts the later counts.
    package mutating func add(_ rule: LinkRule) {
        quality = quality.worsened(by: rule.quality)
        guard let cut = rule.cut else { return }
        switch cut.direction {
        case .out: outCut = cut.mode
        case .in: inCut = cut.mode
        case .both: (outCut, inCut) = (cut.mode, cut.mode)
        }
    }
}
