import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A governor with a clock and chance of its own, which checks itself at every step.
struct Rig {
    var governor: Governor
    var random = Random(seed: 7)
    var now = Instant(nanoseconds: 1_000_000_000_000)

    init(_ targets: Targets? = nil, pace: Int = 1, sharesPeers: Bool = true) {
        var settings = Governor.Settings()
        settings.pace = pace
        settings.sharesPeers = sharesPeers
        governor = Governor(settings: settings)
        if let targets { take(.targets(targets)) }
    }

    /// A governor that knows the peers 0..<count from its address book, all cold.
    init(knowing count: Int, then targets: Targets, pace: Int = 1, sharesPeers: Bool = true) {
        self.init(Targets(known: count), pace: pace, sharesPeers: sharesPeers)
        take(.drawn(.numbered(0..<count)))
        take(.targets(targets))
    }

    @discardableResult
    mutating func take(_ input: Governor.Input) -> [Governor.Effect] {
        var effects: [Governor.Effect] = []
        governor.handle(input, now: now, random: &random, into: &effects)
        #expect(governor.invariantViolation() == nil)
        #expect(governor.nextDeadline.map { $0 > now } ?? true)
        return effects
    }

    /// Lets time pass, waking the governor whenever it wants to be.
    @discardableResult
    mutating func wait(_ duration: Duration) -> [Governor.Effect] {
        let end = now.advanced(by: duration)
        var effects: [Governor.Effect] = []
        while let next = governor.nextDeadline, next <= end {
            now = next
            effects += take(.deadline)
        }
        now = end
        return effects
    }

    /// Carries out promotions and demotions at once, until there are no more.
    @discardableResult
    mutating func carryOut(
        _ effects: [Governor.Effect],
        sharing: Bool = false
    ) -> [Governor.Effect] {
        var all = effects
        var place = 0
        while place < all.count {
            if let answer = all[place].success(sharing: sharing) { all += take(answer) }
            place += 1
        }
        return all
    }

    /// Takes `input` and carries out all that follows from it.
    @discardableResult
    mutating func settle(
        _ input: Governor.Input,
        sharing: Bool = false
    ) -> [Governor.Effect] {
        carryOut(take(input), sharing: sharing)
    }

    func row(_ number: UInt32) -> Governor.KnownPeer? { governor.known[.number(number)] }

    func temperature(_ number: UInt32) -> Temperature { row(number)?.temperature ?? .unknown }

    func peers(_ temperature: Temperature) -> [PeerID] {
        governor.known.ids.filter { governor.known[$0]?.temperature == temperature }.sorted()
    }
}

extension PeerID {
    static func number(_ number: UInt32) -> PeerID { PeerID(rawValue: number) }
}

extension [PeerID] {
    static func numbered(_ range: Range<Int>) -> Self { range.map { .number(UInt32($0)) } }
}

extension Governor.Effect {
    /// How a promotion or demotion that went well is answered; nil for other effects.
    func success(sharing: Bool) -> Governor.Input? {
        switch self {
        case .promoteCold(let peer, _, _): .promotedCold(peer, sharesPeers: sharing)
        case .promoteWarm(let peer): .promotedWarm(peer)
        case .demoteHot(let peer): .demotedHot(peer)
        case .demoteWarm(let peer): .demotedWarm(peer)
        case .requestPublicRoots, .requestBigLedgerPeers, .drawFromBook, .askSeed, .ask,
            .transition,
            .targetsChanged, .trustChanged, .bootstrapTimedOut:
            nil
        }
    }

    var isJob: Bool {
        switch self {
        case .transition, .targetsChanged, .trustChanged, .bootstrapTimedOut: false
        case .promoteCold, .promoteWarm, .demoteHot, .demoteWarm, .requestPublicRoots,
            .requestBigLedgerPeers, .drawFromBook, .askSeed, .ask:
            true
        }
    }
}

extension [Governor.Effect] {
    var jobs: Self { filter(\.isJob) }
    var transitions: Self {
        filter { if case .transition = $0 { true } else { false } }
    }
    var dialed: [PeerID] {
        compactMap { if case .promoteCold(let peer, _, _) = $0 { peer } else { nil } }
    }
    var madeHot: [PeerID] {
        compactMap { if case .promoteWarm(let peer) = $0 { peer } else { nil } }
    }
    var cooled: [PeerID] {
        compactMap { if case .demoteHot(let peer) = $0 { peer } else { nil } }
    }
    var closed: [PeerID] {
        compactMap { if case .demoteWarm(let peer) = $0 { peer } else { nil } }
    }
    var asked: [PeerID] {
        compactMap { if case .ask(let peer, _) = $0 { peer } else { nil } }
    }
    var draws: [Int] {
        compactMap { if case .drawFromBook(let count) = $0 { count } else { nil } }
    }
}

extension Governor.LocalRootGroup {
    static func of(_ range: Range<Int>, hot: Int, warm: Int) -> Self {
        Self(members: .numbered(range), hotValency: hot, warmValency: warm)
    }
}
