package import WarrenObservation
package import WarrenPrimitives

/// A fault with everybody who is meant by it, ready to be applied.
///
/// Nodes are numbered as in the roll.
package struct ResolvedFault: Hashable, Sendable {
    /// Its own name, or `fault-` and its place in the file.
    package var name: String
    package var at: Duration
    /// When it is healed; nil: not before the run ends.
    ///
    /// A restart is healed as soon as it is done: `until` is `at`.
    package var until: Duration?
    package var action: Action
    /// Where the file has it; 0 for one that came from no file.
    package var line: Int

    package init(
        name: String,
        at: Duration,
        until: Duration?,
        action: Action,
        line: Int = 0
    ) {
        self.name = name
        self.at = at
        self.until = until
        self.action = action
        self.line = line
    }

    package enum Action: Hashable, Sendable {
        case kill([Int])
        case stop([Int])
        case pause([Int])
        case restart([Int])
        case cut(Edges, mode: Scenario.Fault.CutMode)
        /// See ``LinkQuality/worsened(by:)``.
        case degrade(Edges, LinkQuality)
        case skew([Int], Duration)
    }

    /// The directed pairs of nodes between two sides.
    ///
    /// Kept as the sides, because the pairs of a network cut in half are too many to list.
    package struct Edges: Hashable, Sendable {
        /// In order, each once.
        package let from: [Int]
        package let to: [Int]
        /// Only what goes from the first side to the second is touched.
        package let isOneWay: Bool

        package init(from: [Int], to: [Int], isOneWay: Bool) {
            self.from = from
            self.to = to
            self.isOneWay = isOneWay
        }

        /// Whether what `sender` says to `receiver` is touched.
        package func touches(from sender: Int, to receiver: Int) -> Bool {
            guard sender != receiver else { return false }
            if holds(from, sender) && holds(to, receiver) { return true }
            return !isOneWay && holds(to, sender) && holds(from, receiver)
        }

        /// True if no two nodes are touched.
        package var isEmpty: Bool {
            from.isEmpty || to.isEmpty || (from.count == 1 && from == to)
        }

        /// Sides are sorted, so a search by halves finds a node among 100,000 in 17 steps.
        private func holds(_ side: [Int], _ node: Int) -> Bool {
            var low = 0
            var high = side.count
            while low < high {
                let middle = (low + high) / 2
                if side[middle] < node { low = middle + 1 } else { high = middle }
            }
            return low < side.count && side[low] == node
        }
    }
}

extension Scenario {
    /// Every fault in the order in which they begin, with the nodes that are meant.
    ///
    /// Reading a scenario has checked that all of them mean somebody; one that does not is left out.
    package var timetable: [ResolvedFault] {
        let population = population
        let resolved = faults.indices.compactMap { place in
            try? resolve(place, in: population)
        }
        return resolved.enumerated().sorted {
            ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
        }.map(\.element)
    }

    func resolve(
        _ place: Int,
        in population: Population
    ) throws(ExpectationError) -> ResolvedFault {
        try faults[place].resolved(as: faultName(at: place), in: population)
    }

    /// Names must be different, and every fault must mean somebody, before anything starts.
    func checkFaults(_ problems: inout DocumentProblems) {
        let population = population
        var lines: [String: Int] = [:]
        for (place, fault) in faults.enumerated() {
            let name = faultName(at: place)
            if let first = lines.updateValue(fault.line, forKey: name) {
                problems.add(
                    line: fault.line,
                    "the fault '\(name)' stands twice, first on line \(first)",
                    expected: "another name",
                    hint: fault.name == nil ? "give this one a name" : nil
                )
            }
            do throws(ExpectationError) {
                _ = try resolve(place, in: population)
            } catch {
                problems.add(line: fault.line, "fault '\(name)': \(error)")
            }
        }
    }
}

extension Scenario.Fault {
    /// The fault with everybody who is meant by it.
    package func resolved(
        as name: String,
        in population: Population
    ) throws(ExpectationError) -> ResolvedFault {
        func members(_ text: String) throws(ExpectationError) -> [Int] {
            try Selector(text).members(of: population)
        }
        func edges(_ one: String, _ other: String, _ oneWay: Bool) throws(ExpectationError)
            -> ResolvedFault.Edges
        {
            let from = try members(one)
            let inside = Set(from)
            let to =
                other.isEmpty
                ? population.nodes.indices.filter { !inside.contains($0) } : try members(other)
            let edges = ResolvedFault.Edges(from: from, to: to, isOneWay: oneWay)
            guard !edges.isEmpty else {
                throw .empty(selector: other.isEmpty ? "everybody but \(one)" : "\(one) | \(other)")
            }
            return edges
        }
        let resolved: ResolvedFault.Action
        switch action {
        case .kill(let who): resolved = .kill(try members(who))
        case .stop(let who): resolved = .stop(try members(who))
        case .pause(let who): resolved = .pause(try members(who))
        case .restart(let who): resolved = .restart(try members(who))
        case .cut(let one, let other, let mode, let oneWay):
            resolved = .cut(try edges(one, other, oneWay), mode: mode)
        case .degrade(let one, let other, let quality):
            resolved = .degrade(try edges(one, other, false), quality)
        case .skew(let who, let offset): resolved = .skew(try members(who), offset)
        }
        let isInstant =
            switch action {
            case .restart: true
            case .kill, .stop, .pause, .cut, .degrade, .skew: false
            }
        return ResolvedFault(
            name: name,
            at: at,
            until: isInstant ? at : duration.map { at + $0 },
            action: resolved,
            line: line
        )
    }
}

extension Scenario {
    /// What engines other than the simulator would leave out in silence, each with its line: clocks,
    /// which only virtual time can bend.
    ///
    /// Empty if every engine can run the scenario. A tool refuses to run it elsewhere (exit 64).
    package var needsSimulator: [String] { named(\.isOfClocks) }

    /// The faults that somebody has to carry out who supervises the nodes.
    package var needsSupervisor: [String] { named { !$0.isOfClocks } }

    private func named(_ isMeant: (Fault.Action) -> Bool) -> [String] {
        faults.enumerated().filter { isMeant($0.element.action) }.map { number, fault in
            "\(Self.place(fault.line))fault '\(faultName(at: number))' (\(fault.action.verb))"
        }
    }

    private static func place(_ line: Int) -> String { line > 0 ? "line \(line): " : "" }
}

extension Scenario.Fault.Action {
    /// Whether it is about clocks, which are the machine's own everywhere but in the simulator.
    package var isOfClocks: Bool {
        switch self {
        case .kill, .stop, .pause, .restart, .cut, .degrade: false
        case .skew: true
        }
    }

    /// The word of the file.
    package var verb: String {
        switch self {
        case .kill: "kill"
        case .stop: "stop"
        case .pause: "pause"
        case .restart: "restart"
        case .cut: "cut"
        case .degrade: "degrade"
        case .skew: "skew"
        }
    }
}
