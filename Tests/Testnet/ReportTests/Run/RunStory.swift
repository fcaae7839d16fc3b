import Foundation
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

/// Runs made by hand for reports to be made of.
struct RunStory {
    let manifest: NetworkManifest
    private(set) var facts: [Fact] = []
    private var sequences: [Int: UInt64] = [:]
    /// In milliseconds.
    var end: Int64 = 10_000

    init(_ manifest: NetworkManifest) {
        self.manifest = manifest
        for node in manifest.nodes.indices { fact(.healthy, of: node, at: 0) }
    }

    static func instant(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 1_900_000_000_000_000_000 + milliseconds * 1_000_000)
    }

    mutating func fact(_ fact: Fact.NodeFact, of node: Int, at time: Int64) {
        facts.append(Fact(at: Self.instant(time), .node(node, fact)))
    }

    mutating func fault(_ name: String, from start: Int64, to end: Int64) {
        facts.append(Fact(at: Self.instant(start), .faultStarted(name)))
        facts.append(Fact(at: Self.instant(end), .faultHealed(name)))
    }

    mutating func note(_ note: Note, of node: Int, at time: Int64) {
        sequences[node, default: 0] += 1
        let event = Event(
            incarnation: 1,
            sequence: sequences[node, default: 1],
            at: Self.instant(time),
            note: note
        )
        fact(.event(event), of: node, at: time)
    }

    func reference(_ node: Int) -> PeerReference {
        PeerReference(peer: .init(rawValue: UInt32(node)), id: manifest.nodes[node].id)
    }

    static func block(_ height: UInt64) -> BlockMark {
        BlockMark(height: height, slot: height * 2, hash: Hash(of: [UInt8(height & 255), 7]))
    }

    mutating func make(_ height: UInt64, by node: Int, at time: Int64) {
        let block = Self.block(height)
        note(.chain(.made(block, bytes: 640, transactions: [])), of: node, at: time)
        note(.chain(.adopted(block)), of: node, at: time)
    }

    mutating func give(
        _ height: UInt64,
        to node: Int,
        from other: Int,
        headerAt: Int64,
        at time: Int64
    ) {
        let block = Self.block(height)
        note(.chain(.announced(block, by: reference(other))), of: node, at: headerAt)
        note(.chain(.fetched(block, from: reference(other), bytes: 640)), of: node, at: time - 1)
        note(.chain(.adopted(block)), of: node, at: time)
    }

    mutating func warm(_ node: Int, _ other: Int, to temperature: Temperature, at time: Int64) {
        let move = Transition(
            peer: reference(other),
            from: .cold,
            to: temperature,
            reason: .belowTarget(.active, 4),
            source: .localRoot
        )
        note(.transition(move), of: node, at: time)
    }

    func report(block: String? = nil, verdicts: [VerdictRow] = []) throws -> RunReport {
        var chronicle = Chronicle(
            manifest.population,
            from: Self.instant(0),
            to: Self.instant(end)
        )
        for fact in facts.sorted(by: { $0.at < $1.at }) { chronicle.take(fact) }
        chronicle.finish()
        return try RunReport(manifest, verdicts: verdicts, chronicle: chronicle, block: block)
    }

    /// A seed, two relays and a producer whose blocks go to relay-1 and on to relay-2.
    static func small(producer: String = "producer-1") throws -> RunStory {
        var story = RunStory(try Fixture(producer: producer).manifest)
        story.warm(3, 1, to: .hot, at: 100)
        story.warm(1, 2, to: .hot, at: 200)
        story.warm(2, 0, to: .warm, at: 300)
        for height in 1...3 as ClosedRange<UInt64> {
            let start = Int64(height) * 2000
            story.make(height, by: 3, at: start)
            let late = Int64(height) * 10
            story.give(height, to: 1, from: 3, headerAt: start + 5, at: start + 20 + late)
            story.give(height, to: 2, from: 1, headerAt: start + 30, at: start + 90 + late)
            guard height == 2 else { continue }
            let echo = ChainNote.announced(block(2), by: story.reference(2))
            story.note(.chain(echo), of: 1, at: start + 200)
        }
        story.fault("split", from: 5000, to: 7000)
        return story
    }

    /// So many nodes in four regions; each gives the block to the three behind it in turn.
    static func large(_ count: Int) throws -> RunStory {
        let regions = ["eu", "us", "ap", "sa"]
        var nodes: [[String: Any]] = []
        for number in 0..<count {
            var id = [UInt8](repeating: 1, count: 20)
            (id[0], id[1]) = (UInt8(number & 255), UInt8(number >> 8))
            nodes.append([
                "name": "node-\(number)", "id": NodeID(id)?.description ?? "",
                "role": number < 4 ? "block-producer" : "relay",
                "group": "g\(number % 4)", "region": regions[number % 4],
                "address": "127.1.\(number >> 8).\(number & 255):3001",
                "admin": "127.1.\(number >> 8).\(number & 255):3101", "directory": "n\(number)",
                "routes": [],
            ])
        }
        let file: [String: Any] = [
            "schema": "warren/network/1", "name": "large", "seed": 42, "engine": "simulator",
            "networkID": "large-1", "livenessNanoseconds": 5_000_000_000, "hasTestKeys": true,
            "expectations": [], "nodes": nodes,
        ]
        let data = try JSONSerialization.data(withJSONObject: file)
        var story = RunStory(try JSONDecoder().decode(NetworkManifest.self, from: data))
        for node in 0..<count {
            for step in [1, 7, 31] {
                story.warm(node, (node + step * 13) % count, to: .hot, at: 50)
            }
        }
        for height in 1...3 as ClosedRange<UInt64> {
            let start = Int64(height) * 2000
            story.make(height, by: 0, at: start)
            var times = [Int64](repeating: 0, count: count)
            for node in 1..<count {
                let parent = (node - 1) / 3
                let link = Int64((node * 2_654_435 + Int(height) * 97) % 90)
                times[node] = times[parent] + 20 + link
                let at = start + times[node]
                story.give(height, to: node, from: parent, headerAt: at - 10, at: at)
            }
        }
        return story
    }
}
