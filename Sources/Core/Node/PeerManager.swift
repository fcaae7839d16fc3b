import WarrenPeering
import WarrenPrimitives

/// Who decides whom to connect to: the governor, or on a seed the crawler.
///
/// Ensure-peers and the static topology (design §5) become cases of their own here.
enum PeerManager: Sendable {
    case governor(Governor)
    case crawler(Crawler)

    var nextDeadline: Instant? {
        switch self {
        case .governor(let governor): governor.nextDeadline
        case .crawler(let crawler): crawler.nextDeadline
        }
    }

    var governor: Governor? {
        switch self {
        case .governor(let governor): governor
        case .crawler: nil
        }
    }

    mutating func feedGovernor(
        _ input: Governor.Input,
        now: Instant,
        random: inout Random,
        into agenda: inout Agenda
    ) {
        switch consume self {
        case .governor(var governor):
            var wanted: [Governor.Effect] = []
            governor.handle(input, now: now, random: &random, into: &wanted)
            for effect in wanted { agenda.append(.governorEffect(effect)) }
            self = .governor(governor)
        case .crawler(let crawler):
            self = .crawler(crawler)
        }
    }

    mutating func feedCrawler(
        _ input: Crawler.Input,
        now: Instant,
        into agenda: inout Agenda
    ) {
        switch consume self {
        case .governor(let governor):
            self = .governor(governor)
        case .crawler(var crawler):
            var wanted: [Crawler.Effect] = []
            crawler.handle(input, now: now, into: &wanted)
            for effect in wanted { agenda.append(.crawlerEffect(effect)) }
            self = .crawler(crawler)
        }
    }
}
