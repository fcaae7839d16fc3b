/// The faults as a run goes on: which are in force, what comes next of each, and what that means for
/// whom.
///
/// A node is down while one fault at least keeps it down, and held still while one holds it and none
/// keeps it down; so faults may overlap, and undo themselves in any order. Without clock or engine:
/// whoever has both asks for ``next(of:)`` in its time, then for ``deeds(of:)``, ``take(_:)``s the step
/// and does them. What is done to one node is to be done in the order in which steps were taken.
/// Sources: design §8, §17.11.
package struct FaultCourse: Sendable {
    package enum Step: Hashable, Sendable {
        /// The fault at this place of the timetable begins.
        case begin(Int)
        case heal(Int)
    }

    /// What is done to a node from outside.
    package enum Act: String, Hashable, Sendable, CaseIterable {
        /// Ended without a word.
        case kill
        /// Asked to end.
        case stop
        case start
        /// Not one instruction more.
        case pause
        case resume
    }

    /// One act, and to which nodes, in order.
    package struct Deed: Hashable, Sendable {
        package var act: Act
        package var nodes: [Int]

        package init(_ act: Act, _ nodes: [Int]) {
            self.act = act
            self.nodes = nodes
        }
    }

    private enum Stage: Hashable, Sendable { case waiting, inForce, over }

    private enum Condition: Hashable, Sendable { case running, paused, down }

    package private(set) var timetable: [ResolvedFault]
    private var stages: [Stage]

    package init(_ timetable: [ResolvedFault]) {
        self.timetable = timetable
        stages = Array(repeating: .waiting, count: timetable.count)
    }

    /// Takes in a fault that was not foreseen; returns its place.
    package mutating func add(_ fault: ResolvedFault) -> Int {
        timetable.append(fault)
        stages.append(.waiting)
        return timetable.count - 1
    }

    /// Goes on where somebody else stopped, who noted these names; what is settled is never begun or
    /// healed again.
    package mutating func resume(begun: Set<String>, settled: Set<String>) {
        for (place, fault) in timetable.enumerated() {
            if settled.contains(fault.name) {
                stages[place] = .over
            } else if begun.contains(fault.name) {
                stages[place] = .inForce
            }
        }
    }

    /// What comes next of one fault; nil when it is over.
    package func next(of place: Int) -> Step? {
        switch stages[place] {
        case .waiting: .begin(place)
        case .inForce: .heal(place)
        case .over: nil
        }
    }

    package func place(of name: String) -> Int? { timetable.firstIndex { $0.name == name } }

    package mutating func take(_ step: Step) {
        switch step {
        case .begin(let place): stages[place] = .inForce
        case .heal(let place): stages[place] = .over
        }
    }

    /// What the step means for nodes, in the order to do it.
    package func deeds(of step: Step) -> [Deed] {
        switch step {
        case .begin(let place), .heal(let place):
            if case .restart(let nodes) = timetable[place].action {
                return step == .begin(place) ? restart(nodes) : []
            }
            var after = self
            after.take(step)
            return deeds(for: timetable[place], from: self, to: after)
        }
    }

    /// What is in force, done again: for who cannot know how far the one before came.
    package var standing: [Deed] {
        let nodes = Set(timetable.flatMap(\.touchedNodes)).sorted()
        return Self.deeds([
            (.kill, nodes.filter { condition(of: $0) == .down }),
            (.pause, nodes.filter { condition(of: $0) == .paused }),
        ])
    }

    /// The nodes of a fault that nothing keeps from running: it is healed when all of them are well.
    package func released(by place: Int) -> [Int] {
        timetable[place].touchedNodes.filter { condition(of: $0) == .running }
    }

    /// What of these deeds is still meant, now that steps may have been taken after theirs.
    package func meant(_ deeds: [Deed]) -> [Deed] {
        Self.deeds(
            deeds.map { deed in
                let nodes = deed.nodes.filter { node in
                    switch deed.act {
                    case .kill, .stop: condition(of: node) == .down
                    case .start: condition(of: node) != .down
                    case .pause: condition(of: node) == .paused
                    case .resume: condition(of: node) == .running
                    }
                }
                return (deed.act, nodes)
            }
        )
    }

    private func restart(_ nodes: [Int]) -> [Deed] {
        let up = nodes.filter { condition(of: $0) != .down }
        return Self.deeds([
            (.stop, up), (.start, up), (.pause, up.filter { condition(of: $0) == .paused }),
        ])
    }

    private func deeds(
        for fault: ResolvedFault,
        from before: FaultCourse,
        to after: FaultCourse
    ) -> [Deed] {
        var (ended, started, held, freed): ([Int], [Int], [Int], [Int]) = ([], [], [], [])
        for node in fault.touchedNodes {
            switch (before.condition(of: node), after.condition(of: node)) {
            case (.running, .down), (.paused, .down): ended.append(node)
            case (.down, .running): started.append(node)
            case (.down, .paused):
                started.append(node)
                held.append(node)
            case (.running, .paused): held.append(node)
            case (.paused, .running): freed.append(node)
            case (.running, .running), (.paused, .paused), (.down, .down): break
            }
        }
        let end: Act = if case .stop = fault.action { .stop } else { .kill }
        return Self.deeds([(end, ended), (.start, started), (.pause, held), (.resume, freed)])
    }

    private static func deeds(_ list: [(Act, [Int])]) -> [Deed] {
        list.filter { !$0.1.isEmpty }.map { Deed($0.0, $0.1) }
    }

    private func condition(of node: Int) -> Condition {
        var condition = Condition.running
        for (place, fault) in timetable.enumerated() where stages[place] == .inForce {
            switch fault.action {
            case .kill(let nodes), .stop(let nodes):
                if nodes.contains(node) { return .down }
            case .pause(let nodes): if nodes.contains(node) { condition = .paused }
            case .restart, .cut, .degrade, .skew: break
            }
        }
        return condition
    }
}

extension ResolvedFault {
    /// The nodes that are ended, started or held still by it, or whose links it touches; in order.
    package var touchedNodes: [Int] {
        switch action {
        case .kill(let nodes), .stop(let nodes), .pause(let nodes), .restart(let nodes): nodes
        case .skew(let nodes, _): nodes
        case .cut(let edges, _), .degrade(let edges, _): edges.nodes
        }
    }
}
