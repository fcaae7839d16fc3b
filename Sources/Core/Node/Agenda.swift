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
package struct Agenda: Sendable {
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

    /// Those from `head` to `tail` wait; what stands elsewhere means nothing.
    private var items: [Item] = []
    private var head = 0
    private var tail = 0

    var isEmpty: Bool { head == tail }

    mutating func append(_ item: Item) {
        if tail < items.count {
            items[tail] = item
        } else {
            if items.isEmpty { items.reserveCapacity(Self.usualCount) }
            items.append(item)
        }
        tail += 1
    }

    /// As many as most inputs bring about.
    private static let usualCount = 6

    mutating func next() -> Item? {
        guard head < tail else {
            head = 0
            tail = 0
            return nil
        }
        // Taken out, not copied: its place in the list is never looked at again.
        var item = Item.circleDeadline
        swap(&item, &items[head])
        head += 1
        return item
    }

    // MARK: Room

    /// Takes room from whoever lends it, or gives it back.
    ///
    /// Ten thousand nodes that rest would keep as many lists, each far from all that is at hand. What
    /// waits already, in room of its own, comes along.
    mutating func exchange(_ room: inout Room) {
        let waiting = isEmpty ? [] : items[head..<tail]
        head = 0
        tail = 0
        swap(&items, &room.items)
        if waiting.isEmpty { return }
        room.items = []
        for item in waiting { append(item) }
    }

    /// Room for a list that many nodes need, one after the other.
    package struct Room: Sendable {
        fileprivate var items: [Item] = []
        package init() {}
    }
}
