package import WarrenNode
package import WarrenPrimitives

extension Genesis {
    /// The snapshot's name, beside the topology file of each node that has one.
    static let peerSnapshotName = "peer-snapshot.json"

    /// The big ledger peers as Cardano's snapshot file has them, in its form 23.
    ///
    /// Producers by falling stake, as long as those before hold at most nine tenths of it; shares
    /// are cut to nine digits. `slot` may not be that of the genesis. Sources: O§9.1, O§9.3; the
    /// `id` on a relay is ours.
    package func peerSnapshot(slot: Int64) -> Document {
        var accessPoints: [NodeID: [Document]] = [:]
        for relay in relays {
            accessPoints[relay.producer, default: []] += relay.accessPoints.map(\.document)
        }
        // Producers without relays are absent, so shares are of what is left.
        let pools = producers.enumerated().filter {
            $0.element.stake > 0 && accessPoints[$0.element.id]?.isEmpty == false
        }.sorted {
            ($1.element.stake, $0.offset) < ($0.element.stake, $1.offset)
        }.map(\.element)
        let total = pools.reduce(Int64(0)) { $0 + $1.stake }
        var sum: Int64 = 0
        var items: [Document] = []
        for pool in pools {
            guard Self.isWithinNineTenths(sum, of: total) else { break }
            sum += pool.stake
            items.append(
                .map([
                    .init("accumulatedStake", Self.share(sum, of: total)),
                    .init("relativeStake", Self.share(pool.stake, of: total)),
                    .init("relays", .list(accessPoints[pool.id] ?? [])),
                ])
            )
        }
        return .map([
            .init("NodeToClientVersion", 23),
            .init("NetworkMagic", 0),
            .init(
                "Point",
                .map([
                    .init("blockPointSlot", .number(max(slot, 1))),
                    .init("blockPointHash", .text(Hex.text(leaderSeed))),
                ])
            ),
            .init("bigLedgerPools", .list(items)),
        ])
    }

    private static func isWithinNineTenths(_ part: Int64, of total: Int64) -> Bool {
        let part = part.multipliedFullWidth(by: 10)
        let whole = total.multipliedFullWidth(by: 9)
        return (part.high, part.low) <= (whole.high, whole.low)
    }

    /// A share from 0 to 1 with nine digits behind the point.
    private static func share(_ part: Int64, of total: Int64) -> Document {
        let digits: Int64 = 1_000_000_000
        let scaled = total.dividingFullWidth(part.multipliedFullWidth(by: digits)).quotient
        let fraction = String(scaled % digits + digits).dropFirst()
        return Document(.decimal("\(scaled / digits).\(fraction)"))
    }
}
