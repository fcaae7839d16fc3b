import WarrenPrimitives

/// Who is connected to whom among the declared nodes, and in how many parts they are.
///
/// Kept up link by link: a fact costs what it changes, not what the network is. Every node that is
/// up belongs to one part; two parts become one by giving the smaller the name of the larger, and
/// a link that goes is only looked into when its ends no longer reach each other.
struct LinkGraph: Sendable {
    /// Rows of a node that are live connections, and the declared node each leads to; only looked
    /// up in.
    private var rows: [[PeerID: Int]]
    /// How many of its rows lead to a declared node; only looked up in.
    private var counts: [[Int: Int]]
    /// Nodes that are up at both ends of a connection which both of them hold.
    private var links: [[Int]]
    private var isUp: [Bool]
    /// Which part a node is in, by a name that means nothing else; nil for one that is not up.
    private var part: [Int?]
    /// Nodes of the part of that name; 0 for a name that is free.
    private var sizes: [Int] = []
    private var freeNames: [Int] = []
    private(set) var partCount = 0
    /// Links that ever came, and went; a node that comes or goes counts as both.
    private(set) var gainCount = 0
    private(set) var lossCount = 0
    /// In which search a node was last found, and how many searches there were.
    private var marks: [Int]
    private var round = 0

    init(count: Int) {
        rows = Array(repeating: [:], count: count)
        counts = Array(repeating: [:], count: count)
        links = Array(repeating: [], count: count)
        isUp = Array(repeating: false, count: count)
        part = Array(repeating: nil, count: count)
        marks = Array(repeating: 0, count: count)
    }

    /// The nodes that are up.
    var members: [Int] { isUp.indices.filter { isUp[$0] } }

    /// Those that `number` is linked to.
    func neighbours(of number: Int) -> [Int] { links[number] }

    /// The nodes that are up, in parts that can reach each other, the largest part first.
    var parts: [[Int]] {
        var members = Array(repeating: [Int](), count: sizes.count)
        for number in part.indices {
            if let name = part[number] { members[name].append(number) }
        }
        return members.filter { !$0.isEmpty }.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
    }

    /// Notes to which declared node a row of `number` leads; nil when it is no live connection, or
    /// leads to none.
    mutating func set(_ row: PeerID, of number: Int, to target: Int?) {
        let before = rows[number][row]
        guard before != target else { return }
        rows[number][row] = target
        if let before { count(before, -1, of: number) }
        if let target { count(target, 1, of: number) }
    }

    /// Notes all rows of `number` that are live connections, each with the node it leads to.
    mutating func set(_ targets: [PeerID: Int], of number: Int) {
        guard rows[number] != targets else { return }
        for row in rows[number].keys.sorted() where targets[row] == nil {
            set(row, of: number, to: nil)
        }
        for row in targets.keys.sorted() { set(row, of: number, to: targets[row]) }
    }

    private mutating func count(_ target: Int, _ step: Int, of number: Int) {
        let count = (counts[number][target] ?? 0) + step
        counts[number][target] = count == 0 ? nil : count
        if count == 0 || (count == 1 && step == 1) { relink(number, target) }
    }

    mutating func setUp(_ isUp: Bool, _ number: Int) {
        guard isUp != self.isUp[number] else { return }
        self.isUp[number] = isUp
        gainCount += 1
        lossCount += 1
        if isUp {
            part[number] = newName(size: 1)
            for other in counts[number].keys.sorted() { relink(number, other) }
        } else {
            for other in links[number] { relink(number, other) }
            if let name = part[number] { free(name) }
            part[number] = nil
        }
    }

    /// Brings the link between two nodes to what they hold now.
    private mutating func relink(_ one: Int, _ other: Int) {
        guard one != other else { return }
        let isLinked =
            isUp[one] && isUp[other] && counts[one][other] != nil && counts[other][one] != nil
        guard isLinked != links[one].contains(other) else { return }
        if isLinked {
            gainCount += 1
            join(one, other)
            links[one].append(other)
            links[other].append(one)
        } else {
            lossCount += 1
            links[one].removeAll { $0 == other }
            links[other].removeAll { $0 == one }
            split(one, other)
        }
    }
}

// MARK: - Parts

extension LinkGraph {
    private mutating func newName(size: Int) -> Int {
        partCount += 1
        if let name = freeNames.popLast() {
            sizes[name] = size
            return name
        }
        sizes.append(size)
        return sizes.count - 1
    }

    private mutating func free(_ name: Int) {
        partCount -= 1
        sizes[name] = 0
        freeNames.append(name)
    }

    private mutating func join(_ one: Int, _ other: Int) {
        guard let first = part[one], let second = part[other], first != second else { return }
        let (start, from, to) =
            sizes[first] < sizes[second] ? (one, first, second) : (other, second, first)
        for number in reach(from: start, until: nil) ?? [] { part[number] = to }
        sizes[to] += sizes[from]
        free(from)
    }

    /// The two have lost their link: unless they reach each other around another way, what `one`
    /// reaches is now a part of its own.
    private mutating func split(_ one: Int, _ other: Int) {
        guard let old = part[one], let reached = reach(from: one, until: other) else { return }
        let name = newName(size: reached.count)
        sizes[old] -= reached.count
        for number in reached { part[number] = name }
    }

    /// What `start` can reach, itself first; nil as soon as `goal` is found.
    private mutating func reach(from start: Int, until goal: Int?) -> [Int]? {
        round += 1
        marks[start] = round
        var reached = [start]
        var place = 0
        while place < reached.count {
            for next in links[reached[place]] where marks[next] != round {
                if next == goal { return nil }
                marks[next] = round
                reached.append(next)
            }
            place += 1
        }
        return reached
    }
}
