import Testing
import WarrenPrimitives
import WarrenSupport

struct RosterTests {
    @Test(arguments: Seed.sweep())
    func `a roster is a dictionary, whatever is done to it`(seed: Seed) {
        var random = seed.random
        var roster = Roster<Int, Int>()
        var twin = Roster<Int, Int>()
        var model: [Int: Int] = [:]
        // Few enough to be looked through, or enough for an index.
        let idCount = random.chance(1, in: 2) ? 20 : 100
        for step in 0..<500 {
            let id = random.below(idCount)
            switch random.below(5) {
            case 0:
                roster[id] = step
                twin[id] = step
                model[id] = step
            case 1:
                let removed = roster.remove(id)
                #expect(removed == model.removeValue(forKey: id))
                twin[id] = nil
            case 2:
                roster[id, default: 100] += 1
                twin[id] = (twin[id] ?? 100) + 1
                model[id, default: 100] += 1
            case 3:
                let known = model[id]
                let updated = roster.update(id) { (row: inout Int) -> Int in
                    row *= 3
                    return row
                }
                #expect(updated == known.map { $0 * 3 })
                twin[id] = known.map { $0 * 3 }
                model[id] = known.map { $0 * 3 }
            default: #expect(roster[id, default: -1] == model[id] ?? -1)
            }
            #expect(roster.count == model.count && roster.isEmpty == model.isEmpty)
            #expect(roster[id] == model[id] && roster.contains(id) == (model[id] != nil))
            #expect(Set(roster.ids) == Set(model.keys))
            #expect(zip(roster.ids, roster.rows).allSatisfy { model[$0] == $1 })
            // The order depends on what was done, and on nothing else.
            #expect(roster == twin)
        }
    }

    @Test(arguments: [1, 31, 32, 33, 34, 200])
    func `rows are found however many there are, and when most are gone`(count: Int) {
        var roster = Roster<Int, Int>()
        for id in 0..<count { roster[id] = -id }
        let areThere = (0..<count).allSatisfy { roster[$0] == -$0 }
        #expect(areThere && roster[count] == nil)
        roster.updateEach { id, row in row += 2 * id }
        let areChanged = (0..<count).allSatisfy { id in roster.read(id) { $0 == id } == true }
        #expect(areChanged)
        for id in 0..<count where id > 0 {
            let removed = roster.remove(id)
            #expect(removed == id)
        }
        #expect(roster.ids == [0] && roster[1] == nil)
        roster[1] = 1
        #expect(roster.ids == [0, 1] && roster[1] == 1)
    }

    @Test
    func `new rows go to the end, and the last takes the place of one that goes`() {
        var roster = Roster<String, Int>()
        for (row, id) in ["a", "b", "c", "d"].enumerated() { roster[id] = row }
        roster["b"] = nil
        #expect(roster.ids == ["a", "d", "c"] && roster.rows == [0, 3, 2])
        roster["c"] = nil
        #expect(roster.ids == ["a", "d"])
        roster["b"] = 9
        #expect(roster.ids == ["a", "d", "b"] && roster.rows == [0, 3, 9])
    }

    @Test
    func `a random id is one of them, and each comes up`() {
        var random = Random(seed: 3)
        var roster = Roster<Int, Void>()
        let none = roster.randomID(&random)
        #expect(none == nil)
        for id in 0..<5 { roster[id] = () }
        roster[2] = nil
        var seen: Set<Int> = []
        for _ in 0..<100 { if let id = roster.randomID(&random) { seen.insert(id) } }
        #expect(seen == [0, 1, 3, 4])
    }
}
