package import WarrenPrimitives

// MARK: - For those who follow the pool

extension Mempool {
    /// One transaction as peers are told of it.
    package struct Listing: Hashable, Sendable {
        package var sequence: UInt64
        package var id: Hash
        /// Bytes of its encoding.
        package var size: Int
    }

    /// The first transactions behind `sequence`, at most `limit`; 0 is before all.
    package func listing(after sequence: UInt64, limit: Int) -> [Listing] {
        var listed: [Listing] = []
        var place = place(after: sequence)
        while place < entries.count, listed.count < limit {
            if let transaction = entries[place].transaction {
                listed.append(
                    Listing(
                        sequence: entries[place].sequence,
                        id: transaction.id,
                        size: transaction.encoding.count
                    )
                )
            }
            place += 1
        }
        return listed
    }
}

// MARK: - For producers

extension Mempool {
    /// What a block would hold now: in order of arrival, leaving out what does not fit.
    package func selection(byteLimit: Int) -> Body {
        var room = min(byteLimit, Body.byteLimit)
        var registrationRoom = Body.registrationByteLimit
        var selected: [Transaction] = []
        for case .some(let transaction) in entries.lazy.map(\.transaction) {
            let size = Body.size(of: transaction)
            guard size <= room else { continue }
            if case .registration = transaction.content {
                guard transaction.encoding.count <= registrationRoom else { continue }
                registrationRoom -= transaction.encoding.count
            }
            room -= size
            selected.append(transaction)
        }
        return Body(selected)
    }
}

extension Body {
    /// The bytes that a transaction takes up in a body: itself, a key and a length.
    static func size(of transaction: Transaction) -> Int {
        let count = transaction.encoding.count
        return count + (count < 1 << 7 ? 2 : count < 1 << 14 ? 3 : 4)
    }
}
