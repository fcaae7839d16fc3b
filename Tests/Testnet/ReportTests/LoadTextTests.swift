import Testing
import WarrenObservation
import WarrenReport
import WarrenScenario

struct LoadTextTests {
    private func tally(_ answers: [Admittance], unsent: Int = 0) -> LoadTally {
        var tally = LoadTally()
        tally.sentCount = answers.count
        tally.unsentCount = unsent
        for answer in answers { tally.take(answer) }
        return tally
    }

    @Test func `several loads are said together, with every reason`() {
        let text = LoadText([
            tally([.added, .added, .known]), tally([.unanswered, .added], unsent: 4),
        ])
        let words = "5 sent, 3 accepted, 1 known already, 1 unanswered, 4 not sent in time"
        #expect(text.lines() == ["  load    \(words)"])
    }

    @Test func `where nothing was to be sent nothing is said`() {
        #expect(LoadText([]).lines().isEmpty)
        #expect(LoadText([LoadTally()]).lines().isEmpty)
    }

    @Test func `JSON has the same numbers`() {
        let row = LoadRow(tally([.added, .known, .known], unsent: 1))
        #expect(row.sent == 3 && row.accepted == 1 && row.unsent == 1)
        #expect(row.refused == ["known": 2])
    }
}
