import WarrenGossip
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

/// What is still to be passed from one machine of a node to another, first come first served.
///
/// A machine never calls another: its effects stand here until those before them are done. So each
/// machine sees facts in the order in which they happened, and a reactor that ends a peer while it
/// is being introduced does not hear of the end before the beginning.
struct Agenda: Sendable {
    enum Item: Sendable {
        case switchInput(Switch.Input)
        case switchEffect(Switch.Effect)
        case governorInput(Governor.Input)
        case governorEffect(Governor.Effect)
        case crawlerInput(Crawler.Input)
        case crawlerEffect(Crawler.Effect)
        case churnInput(Churn.Input)
        case churnEffect(Churn.Effect)
        case circleInput(Circle.Input)
        case circleEffect(Circle.Effect)
        /// Time has passed for a circle's policy, which is told what the switch counts by then.
        case circleDeadline
        case lifecycleReport(Lifecycle.Report)
        case exchangeReport(PeerExchange.Report)
        case routingReport(Routing.Report)
        case chainReport(ChainGossip.Report)
        case guestReport(Int, any Sendable)
    }

    private var items: [Item] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }

    mutating func append(_ item: Item) {
        if items.isEmpty { items.reserveCapacity(Self.usualCount) }
        items.append(item)
    }

    /// As many as most inputs bring about.
    private static let usualCount = 6

    mutating func next() -> Item? {
        guard head < items.count else {
            // Given back, not kept: ten thousand nodes that rest would keep as many empty lists.
            if head > 0 { items = [] }
            head = 0
            return nil
        }
        // Taken out, not copied: its place in the list is never looked at again.
        var item = Item.circleDeadline
        swap(&item, &items[head])
        head += 1
        return item
    }
}
