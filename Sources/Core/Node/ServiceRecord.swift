package import WarrenPrimitives

extension Node {
    /// One SRV record: a host that offers a service, and the port there.
    ///
    /// Source: RFC 2782.
    package struct ServiceRecord: Hashable, Sendable {
        /// Lower ones go first.
        package var priority: UInt16
        /// The share of those who come here, among records of one priority.
        package var weight: UInt16
        package var port: UInt16
        /// A host name without a final dot; empty or a dot: the service is not offered.
        package var target: String

        package init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
            self.priority = priority
            self.weight = weight
            self.port = port
            self.target = target
        }

        /// One of the records of the lowest priority, by weight; nil if nobody offers the service.
        ///
        /// A weight of 0 still has a small chance (RFC 2782, "Weight"). Source: O§3.14.
        package static func chosen(
            from records: [ServiceRecord],
            random: inout Random
        ) -> ServiceRecord? {
            let offered = records.filter { !$0.target.isEmpty && $0.target != "." }
            guard let priority = offered.map(\.priority).min() else { return nil }
            // In an order that does not depend on the server's, which turns its answers round.
            let best = offered.filter { $0.priority == priority }
                .sorted { ($0.weight, $0.target, $0.port) < ($1.weight, $1.target, $1.port) }
            let total = best.reduce(0) { $0 + Int($1.weight) }
            guard total > 0 else { return best[random.below(best.count)] }
            var draw = random.below(total + 1)
            for record in best {
                if draw <= Int(record.weight) { return record }
                draw -= Int(record.weight)
            }
            return best.last
        }
    }

    /// Why a name has no answer.
    package enum LookupFailure: Hashable, Sendable, CaseIterable {
        /// The name does not exist (NXDOMAIN).
        case noSuchName
        /// No server answered in time, or none with sense.
        case noAnswer
    }
}
