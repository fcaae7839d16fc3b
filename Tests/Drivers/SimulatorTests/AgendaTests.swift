import Testing
import WarrenPrimitives
import WarrenSimulator

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
            let keys = vault.all.map { $0.key[0] }
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
        #expect(vault.all == [row(1, 1), row(3, 7), StoreChange(.ban, key: [0], value: [1])])
    }
}
