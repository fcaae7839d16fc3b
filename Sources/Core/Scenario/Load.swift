package import WarrenObservation
package import WarrenPrimitives

extension Scenario {
    /// Transactions that are submitted while the network runs.
    ///
    /// Source: design §8.
    package struct Load: Hashable, Sendable {
        package var rate: Quantity.Rate
        /// Bytes of each transaction's payload.
        package var size: Int
        /// Whom they are given to in turn, as a selector; nil: the relays, else the producers.
        package var to: String?
        /// From t = 0: the instant at which all nodes were healthy for the first time.
        package var at: Duration
        /// Nil: for the rest of the run.
        package var duration: Duration?
        /// Where the file has it, from 1; 0 for one that came from no file.
        package var line: Int

        package init(
            rate: Quantity.Rate,
            size: Int = defaultSize,
            to: String? = nil,
            at: Duration = defaultStart,
            for duration: Duration? = nil,
            line: Int = 0
        ) {
            self.rate = rate
            self.size = size
            self.to = to
            self.at = at
            self.duration = duration
            self.line = line
        }

        /// Streams in one file.
        package static let limit = 100
        /// Bytes: enough to tell any two apart, and what a transaction may carry (`Transaction`).
        package static let sizes = 16...16_000
        package static let defaultSize = 250
        /// At t = 0 everybody listens, and may still be reading what its store has of the chain.
        package static let defaultStart: Duration = .seconds(1)
        /// Transactions a second of one stream; more than a process has time to submit.
        package static let rateLimit: Int64 = 10_000
        /// What a block's body needs besides the payload: keys and lengths, in bytes.
        package static let framing = 8
    }

    /// Every stream with everybody who is meant by it, in the order of the file.
    ///
    /// Reading a scenario has checked that all of them mean somebody; one that does not is left out.
    package var loadSchedules: [LoadSchedule] {
        guard !loads.isEmpty else { return [] }
        let population = population
        let chance = Random(seed: UInt64(bitPattern: seed))
        return loads.indices.compactMap { place in
            guard let nodes = try? loads[place].members(of: population) else { return nil }
            var random = chance.fork(Self.loadStream + UInt64(place))
            return LoadSchedule(
                seed: Int64(bitPattern: random.next()),
                rate: loads[place].rate,
                size: loads[place].size,
                nodes: nodes,
                at: loads[place].at,
                for: loads[place].duration
            )
        }
    }

    /// Where the draws of loads begin, apart from those of the roll.
    private static let loadStream: UInt64 = 0x10AD_0000
}

extension Scenario.Load {
    /// The numbers of the nodes that it is for.
    func members(of population: Population) throws(ExpectationError) -> [Int] {
        try to.map { text throws(ExpectationError) in
            try Selector(text).members(of: population)
        } ?? population.usualLoadMembers
    }

    /// Whether so many things in so much time are any, and no more than ``rateLimit`` a second.
    package static func isAllowed(_ rate: Quantity.Rate) -> Bool {
        let second: Int128 = 1_000_000_000
        let count = Int128(rate.count) * second
        let per = Int128(rate.per.wholeNanoseconds)
        return per > 0 && rate.count > 0 && count <= Int128(rateLimit) * per
    }
}

extension Population {
    /// Who is given transactions unless somebody says otherwise: the relays, else the producers.
    package var usualLoadMembers: [Int] {
        let relays = nodes.indices.filter { nodes[$0].role == .relay }
        return relays.isEmpty ? nodes.indices.filter { nodes[$0].role == .blockProducer } : relays
    }
}
