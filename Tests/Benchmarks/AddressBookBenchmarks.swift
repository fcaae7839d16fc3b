import CSodium
import Testing
import WarrenPeering
import WarrenPrimitives

extension Benchmarks {
    /// What a node's memory of 10,000 others does in a second.
    @Suite struct AddressBookBenchmarks {
        private static let now = Instant(nanoseconds: 1_700_000_000_000_000_000)
        private static let entryCount = Scale.of(10_000, small: 500)

        /// Routable addresses of nodes, each of a group of its own as far as there are.
        private let addresses: [PeerAddress]
        private let sources: [PeerAddress]

        init() {
            var random = Random(seed: 42)
            func address() -> PeerAddress {
                while true {
                    let bytes = (0..<20).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                    let ip = IPAddress(v4: UInt32(truncatingIfNeeded: random.next()))
                    guard let id = NodeID(bytes) else { continue }
                    let address = PeerAddress(id: id, socket: SocketAddress(ip: ip, port: 26_656))
                    if address.isRoutable { return address }
                }
            }
            addresses = (0..<Self.entryCount).map { _ in address() }
            sources = (0..<100).map { _ in address() }
        }

        @Test func `a book takes addresses in`() {
            let bookCount = Scale.of(10, small: 1)
            let count = bookCount * Self.entryCount
            let (figure, floor) = Scale.least {
                var changes: [StoreChange] = []
                var random = Random(seed: 7)
                var time = 0.0
                for _ in 0..<bookCount {
                    var book = emptyBook()
                    time += Cost.cpu { fill(&book, &random, &changes) }
                    #expect(book.count > Self.entryCount / 2)
                }
                return time
            } floor: {
                hashes(2 * count)
            }
            show("address book: add, beside 2 hashes", count, figure, floor, atLeast: 1e6)
        }

        @Test func `a book picks`() {
            let book = fullBook()
            let count = Scale.of(2_000_000, small: 1000)
            let (figure, floor) = Scale.least {
                var random = Random(seed: 8)
                var sum = 0
                let time = Cost.cpu {
                    for _ in 0..<count {
                        if let address = book.pick(bias: 30, random: &random) {
                            sum += Int(address.socket.port)
                        }
                    }
                }
                #expect(sum == count * 26_656)
                return time
            } floor: {
                draws(3 * count)
            }
            show("address book: pick, beside 3 draws", count, figure, floor, atLeast: 1e7)
        }

        @Test func `a book makes selections`() {
            var book = fullBook()
            let count = Scale.of(10_000, small: 5)
            let (figure, floor) = Scale.least {
                var random = Random(seed: 9)
                var sum = 0
                let time = Cost.cpu {
                    for _ in 0..<count { sum += book.selection(random: &random).count }
                }
                #expect(sum == count * AddressBook.selectionSize(of: book.count))
                return time
            } floor: {
                draws(250 * count)
            }
            show(
                "address book: selection of 250, beside 250 draws",
                count,
                figure,
                floor,
                atLeast: 5e4
            )
        }

        private func show(
            _ name: String,
            _ count: Int,
            _ figure: Double,
            _ floor: Double,
            atLeast limit: Double
        ) {
            Figure(
                name: name,
                value: Double(count) / figure,
                unit: .perSecond,
                floor: Double(count) / floor,
                budget: .atLeast(limit)
            )
            .show()
        }

        private func emptyBook() -> AddressBook {
            var random = Random(seed: 1)
            var changes: [StoreChange] = []
            return AddressBook(
                settings: .init(ownID: addresses[0].id),
                newKey: KeyedHash(random: &random).key,
                rows: [],
                now: Self.now,
                random: &random,
                into: &changes
            )
        }

        private func fill(
            _ book: inout AddressBook,
            _ random: inout Random,
            _ changes: inout [StoreChange]
        ) {
            for index in addresses.indices {
                _ = try? book.add(
                    addresses[index],
                    from: sources[index % sources.count],
                    now: Self.now,
                    random: &random,
                    into: &changes
                )
                // As a node does, which hands them to its store after each turn.
                if index % 100 == 99 { changes.removeAll(keepingCapacity: true) }
            }
        }

        private func fullBook() -> AddressBook {
            var book = emptyBook()
            var random = Random(seed: 7)
            var changes: [StoreChange] = []
            fill(&book, &random, &changes)
            for address in addresses.prefix(Self.entryCount / 4) {
                book.markGood(address.id, now: Self.now, into: &changes)
            }
            return book
        }

        private func hashes(_ count: Int) -> Double {
            let key = [UInt8](repeating: 1, count: 16)
            let text = [UInt8](repeating: 2, count: 32)
            var digest = [UInt8](repeating: 0, count: 8)
            return Cost.cpu {
                for _ in 0..<count {
                    // 8 bytes of digest, 32 of text, 16 of key.
                    _ = unsafe crypto_shorthash(&digest, text, 32, key)
                }
            }
        }

        private func draws(_ count: Int) -> Double {
            var random = Random(seed: 3)
            var sum = 0
            let time = Cost.cpu { for _ in 0..<count { sum += random.below(10_000) } }
            #expect(sum >= 0)
            return time
        }
    }
}
