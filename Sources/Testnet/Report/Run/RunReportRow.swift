import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// A report as JSON has it: `warren/report/1`.
///
/// Times end in `Nanoseconds`; what is not known is left out.
package struct RunReportRow: Hashable, Sendable, Codable {
    package var schema = "warren/report/1"
    package var name: String
    package var seed: Int64
    package var engine: String
    package var nodeCount: Int
    package var lengthNanoseconds: Int64
    package var chain: Chain
    package var blocks: Centiles
    package var transactions: Centiles
    package var inclusion: Centiles
    /// Adoptions by hops from the producer; the place is the hops.
    package var hops: [Int]
    package var hopsUnknown: Int
    package var cost: Cost
    package var verdicts: [VerdictRow]
    package var conduct: ConductRow
    package var spread: Spread?

    package struct Chain: Hashable, Sendable, Codable {
        package var height: UInt64
        package var made: Int
        package var onMostChains: Int
        package var lostToForks: Int
        package var rollbacks: Int
        package var deepestRollback: Int
        package var equivocations: Int
        package var blocksPerMinute: Double?
    }

    package struct Centiles: Hashable, Sendable, Codable {
        package var count: Int
        package var pairs: Int
        package var missing: Int
        package var p50Nanoseconds: Int64?
        package var p90Nanoseconds: Int64?
        package var p95Nanoseconds: Int64?
        package var p99Nanoseconds: Int64?
        package var maxNanoseconds: Int64?

        init(_ delays: Delays, of count: Int) {
            self.count = count
            pairs = delays.pairCount
            missing = delays.missingCount
            p50Nanoseconds = delays[.p50]?.wholeNanoseconds
            p90Nanoseconds = delays[.p90]?.wholeNanoseconds
            p95Nanoseconds = delays[.p95]?.wholeNanoseconds
            p99Nanoseconds = delays[.p99]?.wholeNanoseconds
            maxNanoseconds = delays[.max]?.wholeNanoseconds
        }
    }

    package struct Cost: Hashable, Sendable, Codable {
        package var announcements: Int
        package var duplicateAnnouncements: Int
        package var deliveries: Int
        package var duplicateDeliveries: Int
        package var receivedBytes: Int
        package var usefulBytes: Int
        package var bytesPerUsefulByte: Double?
    }

    package struct Spread: Hashable, Sendable, Codable {
        package var height: UInt64
        package var slot: UInt64
        package var hash: String
        package var producer: String
        /// Since the Unix epoch, on the observer's clock.
        package var madeAt: Int64
        package var bytes: Int
        package var transactions: Int
        package var choice: RunReport.Choice
        package var stops: [Stop]
        package var missing: [String]
    }

    package struct Stop: Hashable, Sendable, Codable {
        package var node: String
        package var parent: String?
        package var hops: Int?
        package var announcedNanoseconds: Int64?
        package var fetchedNanoseconds: Int64?
        package var adoptedNanoseconds: Int64?
        package var announcements: Int
        package var deliveries: Int
    }
}

extension RunReport {
    package var row: RunReportRow {
        let (forks, cost) = (chronicle.forks, propagation.cost)
        return RunReportRow(
            name: manifest.name,
            seed: manifest.seed,
            engine: manifest.engine.rawValue,
            nodeCount: manifest.nodes.count,
            lengthNanoseconds: length.wholeNanoseconds,
            chain: .init(
                height: chronicle.height,
                made: forks.madeCount,
                onMostChains: propagation.blocks.count,
                lostToForks: lostCount,
                rollbacks: forks.rollbackCount,
                deepestRollback: forks.deepestRollback,
                equivocations: forks.equivocations.count,
                blocksPerMinute: blocksPerMinuteHundredths.map { Double($0) / 100 }
            ),
            blocks: .init(propagation.blockDelays, of: propagation.blocks.count),
            transactions: .init(propagation.transactionDelays, of: propagation.transactionCount),
            inclusion: .init(propagation.inclusionDelays, of: propagation.includedCount),
            hops: propagation.hopCounts,
            hopsUnknown: propagation.strayCount,
            cost: .init(
                announcements: cost.announcementCount,
                duplicateAnnouncements: cost.duplicateAnnouncementCount,
                deliveries: cost.deliveryCount,
                duplicateDeliveries: cost.duplicateDeliveryCount,
                receivedBytes: cost.receivedBytes,
                usefulBytes: cost.usefulBytes,
                bytesPerUsefulByte: cost.usefulBytes == 0
                    ? nil : Double(cost.receivedBytes) / Double(cost.usefulBytes)
            ),
            verdicts: verdicts,
            conduct: ConductRow(chronicle.network.conduct, names: manifest.nodes.map(\.name)),
            spread: spread.map(row)
        )
    }

    private func row(_ spread: BlockSpread) -> RunReportRow.Spread {
        .init(
            height: spread.block.height,
            slot: spread.block.slot,
            hash: spread.block.hash.description,
            producer: name(spread.producer),
            madeAt: spread.madeAt.nanoseconds,
            bytes: spread.bytes,
            transactions: spread.transactionCount,
            choice: choice,
            stops: spread.stops.map { stop in
                .init(
                    node: name(stop.node),
                    parent: stop.parent.map(name),
                    hops: stop.hops,
                    announcedNanoseconds: stop.announced?.wholeNanoseconds,
                    fetchedNanoseconds: stop.fetched?.wholeNanoseconds,
                    adoptedNanoseconds: stop.adopted?.wholeNanoseconds,
                    announcements: stop.announcementCount,
                    deliveries: stop.deliveryCount
                )
            },
            missing: spread.missing.map(name)
        )
    }
}
