import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

@Suite struct `Two connections between two nodes` {
    struct Case: Sendable, CustomTestStringConvertible {
        var plans: [TwoSwitches.Plan]
        var lowerFirst = true
        var allowsDuplicateIP = true
        var testDescription: String {
            "dialers \(plans.map(\.dialer)) lowerFirst \(lowerFirst) IP \(allowsDuplicateIP)"
        }
    }

    static let cases: [Case] = [true, false].flatMap { lowerFirst in
        [
            Case(plans: [.init(dialer: 0, handle: 0), .init(dialer: 1, handle: 0)]),
            Case(
                plans: [.init(dialer: 0, handle: 0), .init(dialer: 1, handle: 0)],
                allowsDuplicateIP: false
            ),
            Case(plans: [.init(dialer: 0, handle: 1), .init(dialer: 1, handle: 1)]),
            Case(plans: [.init(dialer: 0, handle: 1), .init(dialer: 0, handle: 2)]),
        ].map { row in
            var row = row
            row.lowerFirst = lowerFirst
            return row
        }
    }

    /// Every order of dials, accepts, handshakes, first words and hang-ups.
    @Test(arguments: cases)
    func `come down to one, the same at both ends, in every order of events`(row: Case) {
        var seen: Set<[[TwoSwitches.Move]]> = []
        var ends = 0
        var stack = [
            TwoSwitches(plans: row.plans, lowerFirst: row.lowerFirst) {
                $0.allowsDuplicateIP = row.allowsDuplicateIP
            }
        ]
        while let world = stack.popLast() {
            let moves = world.moves
            if moves.isEmpty {
                ends += 1
                let kept = world.kept
                guard kept[0].count == 1, kept[0] == kept[1] else {
                    Issue.record("kept \(kept) after \(world.histories)")
                    return
                }
            }
            for move in moves {
                var next = world
                next.make(move)
                if seen.insert(next.histories).inserted { stack.append(next) }
            }
        }
        #expect(ends > 10)
    }
}
