import Testing
import WarrenPrimitives
import WarrenSimulator
import WarrenSupport

struct AgendaTests {
    private func drain(_ agenda: inout WorldAgenda) -> [String] {
        var found: [String] = []
        while let (at, due) = agenda.next() {
            switch due {
            case .alarm(let host): found.append("\(at) alarm \(host)")
            case .happening(.fault(let number)): found.append("\(at) fault \(number)")
            case .happening: found.append("\(at) other")
            }
        }
        return found
    }

    @Test func `the soonest comes first, and of one instant what was put there first`() {
        var agenda = WorldAgenda()
        agenda.add(.fault(1), at: 5)
        agenda.addAlarm(host: 0, at: 3)
        agenda.add(.fault(2), at: 3)
        agenda.addAlarm(host: 4, at: 5)
        agenda.add(.fault(3), at: 1)
        #expect(agenda.nextAt == 1)
        #expect(
            drain(&agenda) == ["1 fault 3", "3 alarm 0", "3 fault 2", "5 fault 1", "5 alarm 4"]
        )
        #expect(agenda.count == 0)
    }

    @Test(arguments: Seed.sweep())
    func `whatever is put among those that are seen ahead comes in its turn`(seed: Seed) {
        var random = seed.random
        var agenda = WorldAgenda()
        var waiting: [(at: Int64, number: Int)] = []
        var now: Int64 = 0
        var number = 0
        func nextWaiting() -> (at: Int64, number: Int)? {
            guard let least = waiting.min(by: { ($0.at, $0.number) < ($1.at, $1.number) }) else {
                return nil
            }
            waiting.removeAll { $0.number == least.number }
            return least
        }
        for _ in 0..<400 {
            let isBurst = random.chance(1, in: 64)
            for _ in 0..<random.below(isBurst ? 200 : 3) {
                // Often at the same instant, and often sooner than much that was seen already.
                let at = now + Int64(random.below(random.chance(1, in: 2) ? 4 : 400))
                agenda.add(.fault(number), at: at)
                waiting.append((at, number))
                number += 1
            }
            #expect(agenda.count == waiting.count)
            #expect(agenda.nextAt == waiting.map(\.at).min())
            if random.chance(1, in: 8) { agenda.moveFront() }
            let expected = nextWaiting()
            guard let (at, due) = agenda.next() else {
                #expect(expected == nil)
                continue
            }
            guard case .happening(.fault(let found)) = due else {
                Issue.record("\(due)")
                continue
            }
            #expect(at == expected?.at && found == expected?.number)
            now = at
        }
    }
}

struct VaultTests {
    private func row(_ key: UInt8, _ value: UInt8?) -> StoreChange {
        StoreChange(.book, key: [key], value: value.map { [$0] })
    }

    @Test func `what was acknowledged survives, and of the rest a prefix`() {
        var lengths: Set<Int> = []
        for seed in 0..<64 as Range<UInt64> {
            var vault = Vault()
            var random = Random(seed: seed)
            for batch in 1...4 as ClosedRange<UInt8> {
                vault.write(UInt64(batch), [row(batch, batch)])
            }
            vault.acknowledge(2)
            vault.crash(&random)
            let keys = vault.residentRows.map { $0.key[0] }
            #expect([[1, 2], [1, 2, 3], [1, 2, 3, 4]].contains(keys))
            lengths.insert(keys.count)
        }
        #expect(lengths == [2, 3, 4])
    }

    @Test func `rows come in key order, and removed ones do not come`() {
        var vault = Vault()
        vault.write(1, [row(3, 1), row(1, 1), StoreChange(.ban, key: [0], value: [1]), row(2, 1)])
        vault.write(2, [row(2, nil), row(3, 7)])
        vault.close()
        #expect(
            vault.residentRows == [row(1, 1), row(3, 7), StoreChange(.ban, key: [0], value: [1])]
        )
    }

    @Test func `a crash puts back what the lost batches overwrote`() {
        var overwritten = 0
        for seed in 0..<16 as Range<UInt64> {
            var vault = Vault()
            var random = Random(seed: seed)
            vault.write(1, [row(1, 1), row(2, 1)])
            vault.acknowledge(1)
            vault.write(2, [row(1, 2), row(2, nil), row(3, 2), row(3, nil)])
            #expect(vault.residentRows == [row(1, 2)])
            vault.crash(&random)
            if vault.residentRows == [row(1, 1), row(2, 1)] {
                overwritten += 1
            } else {
                #expect(vault.residentRows == [row(1, 2)])
            }
        }
        #expect((1..<16).contains(overwritten))
    }

    @Test func `a range is read from either end, within its limits`() {
        func body(_ key: UInt8) -> StoreChange {
            StoreChange(.body, key: [key], value: [UInt8](repeating: key, count: 10))
        }
        var vault = Vault(keepsResident: false)
        vault.write(1, [row(1, 1)] + [5, 1, 3, 4, 2].map(body))
        #expect(vault.residentRows.isEmpty)
        func read(
            _ from: UInt8,
            _ through: UInt8,
            descending: Bool = false,
            rows: Int = 9,
            bytes: Int = 999
        ) -> [UInt8] {
            vault.read(
                StoreRange(
                    .body,
                    from: [from],
                    through: [through],
                    isDescending: descending,
                    rowLimit: rows,
                    byteLimit: bytes
                )
            ).map { $0.key[0] }
        }
        #expect(read(2, 4) == [2, 3, 4])
        #expect(read(0, 9, descending: true) == [5, 4, 3, 2, 1])
        #expect(read(0, 9, rows: 2) == [1, 2])
        #expect(read(0, 9, descending: true, bytes: 11) == [5, 4])
        #expect(read(4, 2).isEmpty && read(6, 9).isEmpty)
    }
}
