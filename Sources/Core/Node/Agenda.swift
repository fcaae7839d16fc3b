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
        case guestReport(Int, any Sendable)
    }

    private var items: [Item] = []
    private var head = 0

    mutating func append(_ item: Item) { items.append(item) }

    mutating func next() -> Item? {
        guard head < items.count else {
            items.removeAll(keepingCapacity: true)
            head = 0
            return nil
        }
        defer { head += 1 }
        return items[head]
    }
}
