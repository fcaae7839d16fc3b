import Testing
import WarrenChain
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

struct MempoolTests {
    private let realm = Realm()
    private let ledger = Ledger(genesis: [])

    private func payload(_ number: Int, size: Int = 4) -> Transaction {
        let bytes = UInt32(number).bigEndianBytes
        return Transaction(.payload(bytes + [UInt8](repeating: 0, count: size - bytes.count)))
    }

    private func pool(_ change: (inout Mempool.Limits) -> Void = { _ in }) -> Mempool {
        var limits = Mempool.Limits()
        change(&limits)
        return Mempool(realm.rules, limits: limits)
    }

    private func registration(serial: UInt64) -> Transaction {
        let registration = RelayRegistration(pledge: 1, serial: serial, relays: [], by: key(80))
        return Transaction(.registration(registration))
    }

    @Test func `a transaction is taken once, and listed in the order of arrival`() {
        var pool = pool()
        #expect(pool.add(payload(1), ledger: ledger) == .added(sequence: 1))
        #expect(pool.add(payload(2), ledger: ledger) == .added(sequence: 2))
        #expect(pool.add(payload(1), ledger: ledger) == .known)
        #expect(pool.count == 2 && pool.lastSequence == 2)
        #expect(pool.transaction(payload(1).id) == payload(1))
        #expect(pool.transaction(payload(3).id) == nil)
        let listing = pool.listing(after: 0, limit: 9)
        #expect(listing.map(\.id) == [payload(1).id, payload(2).id])
        #expect(listing.map(\.size) == [6, 6] && listing.map(\.sequence) == [1, 2])
        #expect(pool.listing(after: 1, limit: 9).map(\.id) == [payload(2).id])
        #expect(pool.listing(after: 0, limit: 1).map(\.id) == [payload(1).id])
        #expect(
            pool.listing(after: 2, limit: 9).isEmpty && pool.listing(after: .max, limit: 9).isEmpty
        )
    }

    @Test func `the oldest goes when there are too many`() {
        var byCount = pool { $0.transactions = 3 }
        for number in 1...3 { _ = byCount.add(payload(number), ledger: ledger) }
        #expect(byCount.contains(payload(1).id))
        _ = byCount.add(payload(4), ledger: ledger)
        #expect(!byCount.contains(payload(1).id) && byCount.count == 3)

        let size = payload(1).encoding.count
        var byBytes = pool { $0.bytes = 3 * size }
        for number in 1...3 { _ = byBytes.add(payload(number), ledger: ledger) }
        #expect(byBytes.byteCount == 3 * size && byBytes.contains(payload(1).id))
        _ = byBytes.add(payload(4, size: 5), ledger: ledger)
        #expect(!byBytes.contains(payload(1).id) && !byBytes.contains(payload(2).id))
        #expect(byBytes.byteCount == 2 * size + 1)
    }

    @Test func `what a block holds goes, and is not taken again`() throws {
        var pool = pool()
        for number in 1...3 { _ = pool.add(payload(number), ledger: ledger) }
        pool.include(Body([payload(2), payload(9)]))
        #expect(pool.count == 2 && pool.hasSeen(payload(2).id) && pool.hasSeen(payload(9).id))
        #expect(pool.add(payload(2), ledger: ledger) == .included)
        #expect(pool.add(payload(9), ledger: ledger) == .included)
        #expect(pool.listing(after: 0, limit: 9).map(\.sequence) == [1, 3])
    }

    @Test func `ids of what blocks hold are remembered up to a limit`() {
        var pool = pool { $0.included = 2 }
        pool.include(Body([payload(1), payload(2)]))
        #expect(pool.hasSeen(payload(1).id))
        pool.include(Body([payload(3)]))
        #expect(!pool.hasSeen(payload(1).id) && pool.hasSeen(payload(2).id))
        #expect(pool.hasSeen(payload(3).id))
    }

    @Test func `it follows the chain through rollbacks`() throws {
        var pool = pool()
        var chain = realm.blockchain()
        func step(_ blocks: [Block]) throws {
            for block in blocks {
                var update = ChainUpdate()
                _ = try chain.takeWhole(block, now: realm.now, into: &update)
                pool.follow(update.events, ledger: chain.ledger)
            }
        }
        for number in 1...4 { _ = pool.add(payload(number), ledger: ledger) }
        let first = realm.block(on: nil, [payload(1), payload(2)])
        try step([first, realm.block(on: first, [payload(3)])])
        #expect(pool.listing(after: 0, limit: 9).map(\.id) == [payload(4).id])
        // A longer fork that holds some of them: the others are back, oldest first, at the end.
        let fork = realm.block(on: nil, by: 1, [payload(2)])
        try step([fork] + realm.chain(2, on: fork, by: 1))
        let listed = pool.listing(after: 0, limit: 9)
        #expect(listed.map(\.id) == [payload(4).id, payload(1).id, payload(3).id])
        #expect(listed[1].sequence > 4)
        #expect(pool.add(payload(2), ledger: ledger) == .included)
    }

    @Test func `a registration that was overtaken is refused, and dropped from the pool`() throws {
        var pool = pool()
        var chain = realm.blockchain()
        #expect(pool.add(registration(serial: 2), ledger: chain.ledger) == .added(sequence: 1))
        #expect(pool.add(registration(serial: 3), ledger: chain.ledger) == .added(sequence: 2))
        var update = ChainUpdate()
        let block = realm.block(on: nil, [registration(serial: 2)])
        _ = try chain.takeWhole(block, now: realm.now, into: &update)
        pool.follow(update.events, ledger: chain.ledger)
        #expect(pool.contains(registration(serial: 3).id) && pool.count == 1)
        #expect(pool.add(registration(serial: 1), ledger: chain.ledger) == .stale)

        // Rolled back for a chain on which a later one came: nothing to come back for.
        update = ChainUpdate()
        let fork = realm.block(on: nil, by: 1, [registration(serial: 4)])
        try chain.takeAll(
            [fork] + realm.chain(1, on: fork, by: 1),
            now: realm.now,
            into: &update
        )
        pool.follow(update.events, ledger: chain.ledger)
        #expect(pool.count == 0)
    }

    @Test func `what nobody could put in a block is refused`() throws {
        var rules = realm.rules
        rules.bodyByteLimit = 100
        var pool = Mempool(rules)
        #expect(pool.add(payload(1, size: 96), ledger: ledger) == .added(sequence: 1))
        #expect(pool.add(payload(1, size: 97), ledger: ledger) == .tooLarge)
        let forged = try Transaction(registration(serial: 1).encoding.dropLast() + [0xEE])
        var usual = self.pool()
        #expect(usual.add(forged, ledger: ledger) == .unsigned)
        #expect(Mempool.Admission.unsigned.violation == .badTransaction)
        for honest: Mempool.Admission in [
            .added(sequence: 1), .known, .included, .stale, .tooLarge,
        ] { #expect(honest.violation == nil) }
    }

    @Test func `a block is filled in order of arrival, to the byte`() {
        var pool = pool()
        let sizes = [100, 200, 120, 130, 16_000]
        for (number, size) in sizes.enumerated() {
            _ = pool.add(payload(number, size: size), ledger: ledger)
        }
        // Of each payload the body has four or six bytes more.
        let firstTwo = Body([payload(0, size: 100), payload(1, size: 200)]).encoding.count
        #expect(pool.selection(byteLimit: firstTwo).encoding.count == firstTwo)
        let without = pool.selection(byteLimit: firstTwo - 1)
        #expect(without.transactions.map(\.encoding.count) == [102, 122])
        let all = Body(sizes.enumerated().map { payload($0, size: $1) })
        #expect(pool.selection(byteLimit: all.encoding.count) == all)
        #expect(pool.selection(byteLimit: all.encoding.count - 1).transactions.count == 4)
        #expect(pool.selection(byteLimit: 0).transactions.isEmpty)
        #expect(pool.selection(byteLimit: .max) == all)
    }

    @Test func `a block takes no more registrations than a body may hold`() {
        var pool = pool()
        for number: UInt8 in 0..<60 {
            let relays = (0..<4).map { place in
                let name = String(repeating: "n", count: 100) + "\(place)"
                return RelayRegistration.relay(name)
            }
            let registration = RelayRegistration(
                pledge: 1,
                serial: 1,
                relays: relays,
                by: key(100 + number)
            )
            _ = pool.add(Transaction(.registration(registration)), ledger: ledger)
        }
        let body = pool.selection(byteLimit: .max)
        let size = body.transactions.reduce(0) { $0 + $1.encoding.count }
        #expect(body.transactions.count < 60 && size <= Body.registrationByteLimit)
        #expect(size > Body.registrationByteLimit - 600)
    }

    @Test(arguments: Seed.sweep(15))
    func `it is a list without repetitions, whatever happens`(seed: Seed) {
        var random = seed.random
        var pool = pool { limits in
            limits.transactions = 5
            limits.bytes = 60
            limits.included = 7
        }
        var model: [Transaction] = []
        var included: [Hash] = []
        func trim() {
            while model.count > 5 || model.reduce(0, { $0 + $1.encoding.count }) > 60 {
                model.removeFirst()
            }
        }
        var cursor: UInt64 = 0
        var followed: [Hash] = []
        for _ in 0..<600 {
            let drawn = payload(random.below(30), size: 4 + random.below(2) * 9)
            let body = Body(
                (0..<random.below(4)).map { payload(random.below(30) + $0 * 30) }
            )
            switch random.below(8) {
            case 0:
                pool.include(body)
                for transaction in body.transactions {
                    model.removeAll { $0 == transaction }
                    included.removeAll { $0 == transaction.id }
                    included.append(transaction.id)
                    if included.count > 7 { included.removeFirst() }
                }
            case 1:
                pool.readmit(body, ledger: ledger)
                for transaction in body.transactions {
                    included.removeAll { $0 == transaction.id }
                    guard !model.contains(transaction) else { continue }
                    model.append(transaction)
                    trim()
                }
            default:
                let admission = pool.add(drawn, ledger: ledger)
                if included.contains(drawn.id) {
                    #expect(admission == .included)
                } else if model.contains(drawn) {
                    #expect(admission == .known)
                } else {
                    #expect(admission == .added(sequence: pool.lastSequence))
                    model.append(drawn)
                    trim()
                }
            }
            #expect(pool.listing(after: 0, limit: .max).map(\.id) == model.map(\.id))
            #expect(pool.count == model.count)
            #expect(pool.byteCount == model.reduce(0) { $0 + $1.encoding.count })
            #expect(model.allSatisfy { pool.transaction($0.id) == $0 })
            // One who follows with a cursor sees all that is there, and nothing twice over.
            for item in pool.listing(after: cursor, limit: 3) {
                #expect(item.sequence > cursor)
                cursor = item.sequence
                followed.append(item.id)
            }
        }
        #expect(followed.count > 100)
    }
}

extension RelayRegistration {
    static func relay(_ name: String) -> Topology.AccessPoint {
        Topology.AccessPoint(host: .name(name), port: 1)
    }
}
