import Testing
import WarrenChain
import WarrenPrimitives

extension Benchmarks {
    /// What the chain costs a node: headers, whole blocks, transactions.
    ///
    /// No sockets, no disk.
    @Suite struct ChainBenchmarks {
        @Test(arguments: [0, 16, 64]) func `blocks are validated`(transactions: Int) throws {
            let count = Scale.of(transactions > 0 ? 500 : 4_000, small: 4)
            let sample = try #require(
                ChainSample(count, transactions: transactions, now: Cost.now)
            )
            let (figure, floor) = try Scale.least {
                try validation(of: sample)
            } floor: {
                Floor.checks(of: sample, bodies: true)
            }
            Figure(
                name: "blocks validated, of \(transactions) KB",
                value: Double(count) / figure,
                unit: .perSecond,
                floor: Double(count) / floor
            )
            .show()
        }

        /// CPU seconds to read headers and bodies, check them by all rules, and adopt them.
        private func validation(of sample: ChainSample) throws -> Double {
            let headers = sample.blocks.map(\.header.encoding)
            let bodies = sample.blocks.map(\.body.encoding)
            let now = Cost.now
            var chain = Blockchain(sample.rules, genesis: [])
            let time = try Cost.cpu {
                for (encoding, body) in zip(headers, bodies) {
                    var update = ChainUpdate()
                    let header = try Header(encoding)
                    _ = try chain.take(header, now: now, into: &update)
                    let block = try sample.rules.check(body, body: 0..<body.count, of: header)
                    _ = chain.take(block, into: &update)
                }
            }
            #expect(chain.tip.height == UInt64(headers.count))
            return time
        }

        @Test func `headers are followed`() throws {
            let count = Scale.of(2_000, small: 4)
            let sample = try #require(ChainSample(count, transactions: 0, now: Cost.now))
            let encodings = sample.blocks.map(\.header.encoding)
            let now = Cost.now
            let (figure, floor) = try Scale.least {
                var chain = Blockchain(sample.rules, genesis: [])
                return try Cost.cpu {
                    for encoding in encodings {
                        var update = ChainUpdate()
                        let outcome = try chain.take(Header(encoding), now: now, into: &update)
                        #expect(outcome == .taken)
                    }
                }
            } floor: {
                Floor.checks(of: sample, bodies: false)
            }
            Figure(
                name: "headers followed",
                value: Double(count) / figure,
                unit: .perSecond,
                floor: Double(count) / floor
            )
            .show()
        }

        @Test func `transactions are accepted`() throws {
            let count = Scale.of(16_000, small: 16)
            let sample = try #require(ChainSample(1, transactions: 0, now: Cost.now))
            let encodings = (0..<count).map {
                ChainSample.transaction(UInt64($0), size: 250).encoding
            }
            let ledger = Ledger(genesis: [])
            let (figure, floor) = try Scale.least {
                var pool = Mempool(sample.rules)
                let time = try Cost.cpu {
                    for encoding in encodings {
                        _ = pool.add(try Transaction(encoding), ledger: ledger)
                    }
                }
                #expect(pool.count == count)
                return time
            } floor: {
                Cost.cpu { for encoding in encodings { Floor.digest(encoding) } }
            }
            Figure(
                name: "transactions of 250 B accepted",
                value: Double(count) / figure,
                unit: .perSecond,
                floor: Double(count) / floor
            )
            .show()
        }
    }
}
