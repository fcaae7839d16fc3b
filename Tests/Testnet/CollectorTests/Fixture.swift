import Foundation
import WarrenCollector
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

/// Ours, not Swift Testing's.
typealias Expectation = WarrenObservation.Expectation

extension Instant {
    /// `milliseconds` after an arbitrary start of time.
    static func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 1_900_000_000_000_000_000 + milliseconds * 1_000_000)
    }
}

/// A directory that is removed with it.
final class Scratch {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "warren-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path(percentEncoded: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

extension NetworkManifest {
    /// Relays called relay-1, relay-2, …, whose ids are those of scripted nodes 1, 2, ….
    static func relays(_ count: Int) throws -> NetworkManifest {
        let nodes = (1...count).map { number in
            """
            {"name": "relay-\(number)", "id": "\(ScriptedNode.id(UInt8(number)))",
             "role": "relay", "group": "relay", "address": "127.2.0.\(number):3001",
             "admin": "127.2.0.\(number):3101", "directory": "nodes/relay-\(number)",
             "routes": []}
            """
        }
        let text = """
            {"schema": "warren/network/1", "name": "trial", "seed": 42, "engine": "process",
             "networkID": "trial-1", "livenessNanoseconds": 5000000000, "hasTestKeys": true,
             "expectations": [], "nodes": [\(nodes.joined(separator: ","))]}
            """
        return try JSONDecoder().decode(NetworkManifest.self, from: Data(text.utf8))
    }
}

extension Note {
    static func move(_ other: UInt8, _ from: Temperature, _ to: Temperature) -> Note {
        .transition(
            Transition(
                peer: PeerReference(
                    peer: PeerID(rawValue: UInt32(other)),
                    id: ScriptedNode.id(other),
                    address: "127.2.0.\(other):3001"
                ),
                from: from,
                to: to,
                reason: from == .unknown ? .learnt : .belowTarget(.active, 4),
                source: .addressBook,
                direction: to == .hot ? .outbound : nil
            )
        )
    }

    /// One of each kind.
    static var samples: [Note] {
        let named = PeerReference(
            peer: .init(rawValue: 3),
            id: ScriptedNode.id(2),
            address: "10.0.0.1:3001"
        )
        let bare = PeerReference(peer: .init(rawValue: .max))
        let reasons: [Reason] = [
            .learnt, .belowValency(group: 2), .aboveTarget(.knownBigLedger, 8),
            .closed(.pongTimeout), .stopping,
        ]
        return reasons.map {
            .transition(
                Transition(peer: bare, from: .hot, to: .cold, reason: $0, source: .inbound)
            )
        } + [
            move(1, .cold, .hot), .merged(named, other: bare.peer),
            .connected(named, .dialed(0), .outbound),
            .disconnected(named, .accepted(9), .pongTimeout),
            .refused(.dialed(4), address: "[::1]:3001", .connectRefused),
            .dialing(named, .dialed(12)), .usedBy(bare, .hot),
            .connection(nil, .accepted(3), from: .unknown, to: .unnegotiated(.inbound)),
            .connection(named, .dialed(3), from: .outboundDup(.ticking), to: .duplex),
            .inbound(named, .dialed(3), from: nil, to: .idle),
            .banned(ScriptedNode.id(1), until: .at(5)), .reinstated(ScriptedNode.id(1)),
            .asked(named), .answered(named, addressCount: 10),
            .learnt(from: bare, addressCount: 3, newCount: 0),
            .targets(Targets(root: 1, known: 20, established: 8, active: 4)), .storeFailed,
            .bootstrapTimedOut,
            .chain(.adopted(BlockMark(height: 2, slot: 7, hash: Hash(of: [3])))),
            .chain(.announced(BlockMark(height: 2, slot: 7, hash: Hash(of: [3])), by: named)),
            .churned(
                ChurnStep(
                    action: .decreasedKnownPeers,
                    outcome: .done,
                    duration: .seconds(2),
                    change: -3
                )
            ),
        ]
    }
}

/// Events of one life, numbered by itself.
struct Life {
    var incarnation: UInt64 = 1
    var sequence: UInt64 = 0

    mutating func event(_ note: Note, at milliseconds: Int64) -> Event {
        sequence += 1
        return Event(
            incarnation: incarnation,
            sequence: sequence,
            at: .at(milliseconds),
            note: note
        )
    }
}

extension [Finding] {
    var facts: [Fact.NodeFact] {
        compactMap { finding in
            if case .fact(let fact, _, _) = finding { fact } else { nil }
        }
    }

    var flaws: [Flaw] {
        compactMap { finding in
            if case .flaw(let flaw, _) = finding { flaw } else { nil }
        }
    }

    var events: [EventPosition] {
        facts.compactMap { fact in
            if case .event(let event) = fact { event.position } else { nil }
        }
    }

    var gaps: [EventLine.Gap] {
        compactMap { finding in
            if case .fact(.gap, _, .gap(let gap)) = finding { gap } else { nil }
        }
    }

    var hasSnapshot: Bool {
        facts.contains { if case .snapshot = $0 { true } else { false } }
    }
}
