package import WarrenPrimitives

/// A stream of transactions: which bytes are given to which node, at which instant.
///
/// A transaction's number says all three, so the command line, the supervisor of a run and the
/// simulator submit the same. Numbers begin at 0 and are evenly spaced in time.
package struct LoadSchedule: Hashable, Sendable, Codable {
    /// Decides the bytes; different seeds give different ones.
    package var seed: Int64
    /// Transactions in ``perNanoseconds``.
    package var count: Int64
    package var perNanoseconds: Int64
    /// Bytes of each payload.
    package var size: Int
    /// Taken in turn; numbers of the manifest.
    package var nodes: [Int]
    /// When the first is due, from t = 0.
    package var startNanoseconds: Int64
    /// How long it goes on; nil: without end.
    package var durationNanoseconds: Int64?
    /// How many there are at most; nil: no such limit.
    package var limit: Int?

    package init(
        seed: Int64,
        rate: Quantity.Rate,
        size: Int,
        nodes: [Int],
        at start: Duration = .zero,
        for duration: Duration? = nil,
        limit: Int? = nil
    ) {
        self.seed = seed
        count = rate.count
        perNanoseconds = rate.per.wholeNanoseconds
        self.size = size
        self.nodes = nodes
        startNanoseconds = start.wholeNanoseconds
        durationNanoseconds = duration?.wholeNanoseconds
        self.limit = limit
    }

    /// One transaction to be.
    package struct Submission: Hashable, Sendable {
        package var number: Int
        /// From t = 0.
        package var at: Duration
        package var node: Int
        package var payload: [UInt8]
    }

    /// The transaction of this number; nil behind the last.
    package func submission(_ number: Int) -> Submission? {
        guard let at = due(number) else { return nil }
        return Submission(
            number: number,
            at: at,
            node: nodes[number % nodes.count],
            payload: payload(number)
        )
    }

    /// When the transaction of this number is due, from t = 0; nil behind the last.
    ///
    /// Reckoned from the start and not from the one before, so that nothing adds up.
    package func due(_ number: Int) -> Duration? {
        guard number >= 0, number < limit ?? .max, count > 0, perNanoseconds > 0, !nodes.isEmpty
        else { return nil }
        let offset = Int128(number) * Int128(perNanoseconds) / Int128(count)
        if let durationNanoseconds, offset >= Int128(durationNanoseconds) { return nil }
        return Int64(exactly: Int128(startNanoseconds) + offset).map { .nanoseconds($0) }
    }

    /// The first number that is due at `instant` or later.
    package func number(from instant: Duration) -> Int {
        let offset = Int128(instant.wholeNanoseconds) - Int128(startNanoseconds)
        guard offset > 0, perNanoseconds > 0, count > 0 else { return 0 }
        let per = Int128(perNanoseconds)
        return Int(clamping: (offset * Int128(count) + per - 1) / per)
    }

    /// How many there are in all; nil: no end.
    package var total: Int? {
        let inTime = durationNanoseconds.map {
            number(from: .nanoseconds(startNanoseconds) + .nanoseconds($0))
        }
        guard let inTime, let limit else { return inTime ?? limit }
        return min(inTime, limit)
    }

    /// The bytes of this number: eight of the stream, eight of the number, and draws.
    ///
    /// So two of one stream are never the same, and two of different streams as good as never.
    private func payload(_ number: Int) -> [UInt8] {
        let stream = Random(seed: UInt64(bitPattern: seed))
        var name = stream
        var draws = stream.fork(UInt64(number))
        var bytes = name.next().bigEndianBytes + UInt64(number).bigEndianBytes
        bytes.reserveCapacity(size + 8)
        while bytes.count < size { bytes.append(bigEndian: draws.next()) }
        bytes.removeLast(bytes.count - size)
        return bytes
    }
}

extension LoadSchedule {
    /// As the manifest has it, with the keys of its `Codable` form.
    var document: Document {
        var entries: [Document.Entry] = [
            .init("seed", .number(seed)),
            .init("count", .number(count)),
            .init("perNanoseconds", .number(perNanoseconds)),
            .init("size", .number(size)),
            .init("nodes", .list(nodes.map { .number($0) })),
            .init("startNanoseconds", .number(startNanoseconds)),
        ]
        if let durationNanoseconds {
            entries.append(.init("durationNanoseconds", .number(durationNanoseconds)))
        }
        if let limit { entries.append(.init("limit", .number(limit))) }
        return .map(entries)
    }
}
