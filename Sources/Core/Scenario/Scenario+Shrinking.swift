import WarrenPrimitives

extension Scenario {
    /// Smaller scenarios to try when this one fails, from the boldest to the smallest step.
    ///
    /// First half of everybody, then half of each group, then faults (all, halves, one by one),
    /// then links and loads, then shorter and earlier faults, then one node less of each group. Each has less
    /// of one thing and no more of any other, and is valid: it reads back, so that what it expects
    /// still means somebody.
    package func shrunkCandidates() -> [Scenario] { smaller().filter(\.isValid) }

    /// The same steps, of which some are not valid: to ask costs as much as reading the file.
    fileprivate func smaller() -> [Scenario] {
        let steps =
            fewerNodes() + fewerFaults() + fewerLinks() + fewerLoads() + shorterFaults()
            + fewerNodesByOne()
        var seen: Set<Scenario> = [self]
        let size = size
        return steps.filter {
            seen.insert($0).inserted && $0.size.isBelow(size)
        }
    }

    /// What a scenario has of each thing that shrinking takes away.
    package struct Size: Hashable, Sendable {
        package var nodes: Int
        package var groups: Int
        package var faults: Int
        package var links: Int
        package var loads: Int
        /// How long faults last and how late they begin, all added up.
        package var faultTime: Duration

        /// No more of anything, and less of something.
        package func isBelow(_ other: Size) -> Bool {
            self != other && nodes <= other.nodes && groups <= other.groups
                && faults <= other.faults && links <= other.links && loads <= other.loads
                && faultTime <= other.faultTime
        }
    }

    package var size: Size {
        Size(
            nodes: nodeCount,
            groups: groups.count,
            faults: faults.count,
            links: links.count + (usualLink == .perfect ? 0 : 1),
            loads: loads.count,
            faultTime: faults.reduce(.zero) { $0 + $1.at + ($1.duration ?? .zero) }
        )
    }

    /// True if the file that would be written is one that can be read.
    fileprivate var isValid: Bool {
        (try? Scenario.read(document, file: name)) != nil
    }

    // MARK: - Nodes

    private func fewerNodes() -> [Scenario] {
        var steps = [with(counts: groups.map { ($0.count + 1) / 2 })]
        for place in groups.indices where groups[place].count > 0 {
            for count in [0, groups[place].count / 2] {
                var counts = groups.map(\.count)
                counts[place] = count
                steps.append(with(counts: counts))
            }
        }
        return steps
    }

    private func fewerNodesByOne() -> [Scenario] {
        groups.indices.filter { groups[$0].count > 1 }.map { place in
            var counts = groups.map(\.count)
            counts[place] -= 1
            return with(counts: counts)
        }
    }

    /// The scenario with so many nodes in each group; what no longer fits gives way.
    private func with(counts: [Int]) -> Scenario {
        var smaller = self
        for place in groups.indices { smaller.groups[place].count = counts[place] }
        smaller.groups.removeAll { $0.count == 0 }
        for place in smaller.groups.indices {
            guard let behind = smaller.groups[place].behind else { continue }
            let front = smaller.places(named: behind)?.count ?? 0
            smaller.groups[place].valency = max(1, min(smaller.groups[place].valency, front))
        }
        smaller.forgetStrangers()
        let regions = Set(smaller.regions)
        smaller.links.removeAll { !regions.contains($0.between) || !regions.contains($0.and) }
        smaller.fitShape()
        return smaller
    }

    /// Takes names that mean nobody any more out of lists of names.
    private mutating func forgetStrangers() {
        let scenario = self
        func known(_ names: [String]) -> [String] {
            names.filter { scenario.places(named: $0) != nil }
        }
        topology.among = topology.among.map(known)
        for place in groups.indices {
            groups[place].roots.seeds = groups[place].roots.seeds.map(known)
            groups[place].roots.publicRoots = known(groups[place].roots.publicRoots)
            groups[place].roots.bootstrap = groups[place].roots.bootstrap.map(known)
        }
    }

    private mutating func fitShape() {
        let most = max(1, (parts.map(\.count).min() ?? 0) - 1)
        func held(_ degree: Int?) -> Int? { degree.map { min($0, most) } }
        switch topology.shape {
        case .none, .line, .ring, .star, .mesh, .tree, .grid, .torus: break
        case .smallWorld(let degree): topology.shape = .smallWorld(degree: held(degree))
        case .scaleFree(let degree): topology.shape = .scaleFree(degree: held(degree))
        case .randomRegular(let degree):
            // Every route has two ends: an odd degree wants an even number of nodes.
            let isOdd = parts.contains { !$0.count.isMultiple(of: 2) }
            let even = held(degree).map { isOdd && !$0.isMultiple(of: 2) ? $0 - 1 : $0 }
            topology.shape = .randomRegular(degree: even == 0 ? nil : even)
        case .edges(let edges):
            let names = Set(members.map(\.name))
            topology.shape = .edges(
                edges.filter { names.contains($0.from) && names.contains($0.to) }
            )
        }
    }

    // MARK: - Faults and links

    private func fewerFaults() -> [Scenario] {
        Self.partings(of: faults.count).map { kept in
            var smaller = self
            // Names by place would become those of other faults.
            smaller.faults = kept.map { place in
                var fault = faults[place]
                fault.name = faultName(at: place)
                return fault
            }
            return smaller
        }
    }

    private func fewerLinks() -> [Scenario] {
        var none = self
        none.links = []
        none.usualLink = .perfect
        var steps = usualLink == .perfect && links.isEmpty ? [] : [none]
        for kept in Self.partings(of: links.count) {
            var smaller = self
            smaller.links = kept.map { links[$0] }
            steps.append(smaller)
        }
        return steps
    }

    private func fewerLoads() -> [Scenario] {
        Self.partings(of: loads.count).map { kept in
            var smaller = self
            smaller.loads = kept.map { loads[$0] }
            return smaller
        }
    }

    /// Which of `count` things to keep: none, either half, all but one.
    private static func partings(of count: Int) -> [[Int]] {
        guard count > 0 else { return [] }
        let all = Array(0..<count)
        let half = count / 2
        var partings: [[Int]] = [[]]
        if half > 0 { partings += [Array(all[..<half]), Array(all[half...])] }
        if count > 2 { partings += all.map { dropped in all.filter { $0 != dropped } } }
        return partings
    }

    /// Below it, half as long says no more.
    private static let shortest: Duration = .seconds(2)

    private func shorterFaults() -> [Scenario] {
        var steps: [Scenario] = []
        func halved(_ time: Duration) -> Duration? {
            guard time >= Self.shortest else { return nil }
            return .nanoseconds(time.wholeNanoseconds / 2_000_000 * 1_000_000)
        }
        for place in faults.indices {
            if let duration = faults[place].duration.flatMap(halved) {
                var shorter = self
                shorter.faults[place].duration = duration
                steps.append(shorter)
            }
            if let at = halved(faults[place].at) {
                var earlier = self
                earlier.faults[place].at = at
                steps.append(earlier)
            }
        }
        return steps
    }
}

/// Finds a small scenario that still fails.
package enum Shrink {
    package struct Result: Hashable, Sendable {
        package var scenario: Scenario
        /// Runs that it took.
        package var runs: Int
        /// False if the budget ended before every candidate was tried.
        package var isMinimal: Bool
    }

    /// Takes every step down that still fails, until none does or `budget` runs are spent.
    ///
    /// `scenario` is taken to fail; the result fails too. The same answers give the same result: a
    /// step that fails is taken at once, and everything is tried again from there. It ends because
    /// each step leaves less of something and no more of anything.
    package static func minimise(
        _ scenario: Scenario,
        budget: Int,
        fails: (Scenario) -> Bool
    ) -> Result {
        var result = Result(scenario: scenario, runs: 0, isMinimal: false)
        while !result.isMinimal {
            result.isMinimal = true
            for candidate in result.scenario.smaller() where candidate.isValid {
                guard result.runs < budget else {
                    result.isMinimal = false
                    return result
                }
                result.runs += 1
                if fails(candidate) {
                    result.scenario = candidate
                    result.isMinimal = false
                    break
                }
            }
        }
        return result
    }
}
