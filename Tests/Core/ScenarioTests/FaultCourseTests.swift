import Testing
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct FaultCourseTests {
    private func fault(
        _ name: String,
        at: Int,
        until: Int?,
        _ action: ResolvedFault.Action
    ) -> ResolvedFault {
        ResolvedFault(
            name: name,
            at: .seconds(at),
            until: until.map { .seconds($0) },
            action: action
        )
    }

    /// Everything that is done, in order, as `12 kill 1,2`.
    private func story(_ timetable: [ResolvedFault]) -> [String] {
        var course = FaultCourse(timetable)
        var lines: [String] = []
        while let (step, at) = soonest(of: course) {
            for deed in course.deeds(of: step) {
                let nodes = deed.nodes.map(String.init).joined(separator: ",")
                lines.append("\(at.components.seconds) \(deed.act) \(nodes)")
            }
            course.take(step)
        }
        return lines
    }

    /// What comes next of all faults, and when; of one instant healings come first.
    private func soonest(of course: FaultCourse) -> (step: FaultCourse.Step, at: Duration)? {
        var found: (step: FaultCourse.Step, at: Duration)?
        for (place, fault) in course.timetable.enumerated() {
            switch course.next(of: place) {
            case .begin(let place):
                if found.map({ fault.at < $0.at }) ?? true { found = (.begin(place), fault.at) }
            case .heal(let place):
                guard let until = fault.until else { continue }
                if found.map({ until <= $0.at }) ?? true { found = (.heal(place), until) }
            case nil: break
            }
        }
        return found
    }

    @Test func `each fault is undone by the act that undoes it`() {
        #expect(
            story([
                fault("a", at: 1, until: 4, .kill([1, 2])),
                fault("b", at: 2, until: 5, .stop([3])),
                fault("c", at: 3, until: 6, .pause([4])),
                fault("d", at: 7, until: 7, .restart([1])),
            ]) == [
                "1 kill 1,2", "2 stop 3", "3 pause 4", "4 start 1,2", "5 start 3", "6 resume 4",
                "7 stop 1", "7 start 1",
            ]
        )
    }

    @Test func `a node comes back only when the last fault that keeps it down is healed`() {
        #expect(
            story([
                fault("a", at: 1, until: 10, .kill([1, 2])),
                fault("b", at: 5, until: 20, .stop([2, 3])),
            ]) == ["1 kill 1,2", "5 stop 3", "10 start 1", "20 start 2,3"]
        )
    }

    @Test func `a node that is held still and killed comes back held still`() {
        #expect(
            story([
                fault("a", at: 1, until: 10, .pause([1])),
                fault("b", at: 2, until: 5, .kill([1])),
            ]) == ["1 pause 1", "2 kill 1", "5 start 1", "5 pause 1", "10 resume 1"]
        )
        #expect(
            story([
                fault("a", at: 1, until: 5, .pause([1])),
                fault("b", at: 2, until: 10, .kill([1])),
            ]) == ["1 pause 1", "2 kill 1", "10 start 1"]
        )
    }

    @Test func `a restart leaves a node that is down alone, and one that is held still held`() {
        #expect(
            story([
                fault("a", at: 1, until: nil, .kill([1])),
                fault("b", at: 1, until: nil, .pause([2])),
                fault("c", at: 2, until: 2, .restart([1, 2, 3])),
            ]) == ["1 kill 1", "1 pause 2", "2 stop 2,3", "2 start 2,3", "2 pause 2"]
        )
    }

    @Test func `faults of links and clocks are nobody's deed, and come and go all the same`() {
        let edges = ResolvedFault.Edges(from: [0], to: [1], isOneWay: false)
        var course = FaultCourse([
            fault("cut", at: 1, until: 2, .cut(edges, mode: .hang)),
            fault("skew", at: 3, until: nil, .skew([1], .seconds(1))),
        ])
        var steps: [FaultCourse.Step] = []
        while let next = soonest(of: course) {
            #expect(course.deeds(of: next.step).isEmpty)
            steps.append(next.step)
            course.take(next.step)
        }
        #expect(steps == [.begin(0), .heal(0), .begin(1)])
    }

    @Test func `whoever goes on from the journal does what is left, and what is in force again`() {
        let timetable = [
            fault("a", at: 1, until: 10, .kill([1])),
            fault("b", at: 2, until: 20, .pause([2])),
            fault("c", at: 3, until: 4, .kill([3])),
            fault("d", at: 5, until: 6, .kill([4])),
        ]
        var course = FaultCourse(timetable)
        course.resume(begun: ["a", "b", "c"], settled: ["c"])
        #expect(
            course.standing == [FaultCourse.Deed(.kill, [1]), FaultCourse.Deed(.pause, [2])]
        )
        #expect(soonest(of: course)?.step == .begin(3))
        course.take(.begin(3))
        #expect(soonest(of: course)?.step == .heal(3))
        course.take(.heal(3))
        #expect(soonest(of: course)?.step == .heal(0))
        course.take(.heal(0))
        #expect(course.released(by: 0) == [1])
    }

    @Test func `what a healing leaves held is not waited for`() {
        var course = FaultCourse([
            fault("a", at: 1, until: 5, .kill([1, 2])),
            fault("b", at: 2, until: 9, .kill([2])),
        ])
        course.take(.begin(0))
        course.take(.begin(1))
        #expect(course.released(by: 0).isEmpty)
        course.take(.heal(0))
        #expect(course.released(by: 0) == [1])
    }

    @Test func `a fault that failed is settled, and never comes again`() {
        var course = FaultCourse([
            fault("a", at: 1, until: 5, .kill([1])), fault("b", at: 1, until: 5, .kill([2])),
        ])
        course.resume(begun: ["b"], settled: ["a", "b"])
        #expect(course.next(of: 0) == nil && course.next(of: 1) == nil)
        #expect(course.standing.isEmpty)
    }

    @Test func `a fault by hand joins those that are under way`() {
        var course = FaultCourse([fault("a", at: 1, until: 5, .kill([1]))])
        course.take(.begin(0))
        let place = course.add(fault("b", at: 0, until: 9, .kill([1, 2])))
        #expect(place == 1 && course.place(of: "b") == 1)
        #expect(course.next(of: place) == .begin(place))
        #expect(course.deeds(of: .begin(place)) == [FaultCourse.Deed(.kill, [2])])
        course.take(.begin(place))
        #expect(course.deeds(of: .heal(0)).isEmpty)
    }

    @Test func `a deed that another fault overtook is not done again`() {
        var course = FaultCourse([
            fault("a", at: 1, until: 5, .kill([1, 2])), fault("b", at: 6, until: 9, .kill([2])),
            fault("c", at: 6, until: 9, .pause([1])),
        ])
        course.take(.begin(0))
        let deeds = course.deeds(of: .heal(0))
        course.take(.heal(0))
        #expect(course.meant(deeds) == [FaultCourse.Deed(.start, [1, 2])])
        course.take(.begin(1))
        course.take(.begin(2))
        #expect(course.meant(deeds) == [FaultCourse.Deed(.start, [1])])
        #expect(course.meant([FaultCourse.Deed(.resume, [1])]).isEmpty)
        #expect(
            course.meant([FaultCourse.Deed(.kill, [1, 2]), FaultCourse.Deed(.pause, [1, 2])])
                == [FaultCourse.Deed(.kill, [2]), FaultCourse.Deed(.pause, [1])]
        )
    }

    @Test(arguments: Seed.sweep())
    func `after all faults have come and gone every node runs`(_ seed: Seed) {
        var random = seed.random
        let timetable = (0..<12).map { number in
            let at = random.below(30)
            let nodes = (0..<4).filter { _ in random.below(2) == 0 }
            let action: ResolvedFault.Action =
                switch random.below(4) {
                case 0: .kill(nodes)
                case 1: .stop(nodes)
                case 2: .pause(nodes)
                default: .restart(nodes)
                }
            let isRestart = if case .restart = action { true } else { false }
            let until = isRestart ? at : at + 1 + random.below(20)
            return fault("f\(number)", at: at, until: until, action)
        }.sorted { $0.at < $1.at }
        var (down, held): (Set<Int>, Set<Int>) = ([], [])
        var course = FaultCourse(timetable)
        var last = Duration.zero
        while let (step, at) = soonest(of: course) {
            #expect(at >= last)
            last = at
            for deed in course.deeds(of: step) {
                for node in deed.nodes {
                    switch deed.act {
                    case .kill, .stop:
                        #expect(down.insert(node).inserted)
                        held.remove(node)
                    case .start: #expect(down.remove(node) != nil)
                    case .pause: #expect(!down.contains(node) && held.insert(node).inserted)
                    case .resume: #expect(held.remove(node) != nil)
                    }
                }
            }
            course.take(step)
        }
        #expect(down.isEmpty && held.isEmpty)
    }
}
