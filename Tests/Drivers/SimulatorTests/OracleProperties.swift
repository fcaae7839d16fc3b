import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSimulator
import WarrenSupport

/// P6: under every fault there is, connections move only as O§6.3 and O§7.3 say.
///
/// Sources: O§11.2, O§11.3, O§11.5.
struct OracleProperties {
    /// A life with all faults, at the end of which everybody is asked to stop.
    private func chronicle(_ seed: Seed) throws -> Chronicle {
        var town = Storm(isHarsh: true).town(seed, count: 6)
        town.fault(at: Storm.end + .seconds(20), for: nil, .stop(Array(0..<6)))
        return try Chronicle.of(town, for: Storm.end + .seconds(30))
    }

    @Test(arguments: Seed.sweep())
    func `P6 cm_valid_transitions: every step of a connection is in the table`(_ seed: Seed) throws
    {
        var kinds: Set<String> = []
        for line in try chronicle(seed).lines {
            guard case .connection(_, let connection, let from, let to) = line.note else {
                continue
            }
            kinds.insert("\(from) \(to)")
            if !ConnectionState.permits(from: from, to: to) {
                Issue.record("host \(line.host) at \(line.at): \(connection), \(from) to \(to)")
            }
        }
        #expect(kinds.count >= 15, "\(kinds.sorted())")
    }

    @Test(arguments: Seed.sweep())
    func `P6 ig_valid_transitions: every step of the inbound governor is in the table`(_ seed: Seed)
        throws
    {
        var kinds: Set<String> = []
        for line in try chronicle(seed).lines {
            guard case .inbound(_, let connection, let from, let to) = line.note else { continue }
            let step = "\(from?.rawValue ?? "nobody") to \(to?.rawValue ?? "nobody")"
            kinds.insert(step)
            if !InboundState.permits(from: from, to: to) {
                Issue.record("host \(line.host) at \(line.at): \(connection), \(step)")
            }
        }
        #expect(kinds.count >= 7, "\(kinds.sorted())")
    }

    /// From `unknown` to `unknown` without a gap, and nothing left once everybody stopped.
    @Test(arguments: Seed.sweep())
    func `P6 cm_transition_order, ig_transition_order: chains have no gap and come to an end`(
        _ seed: Seed
    ) throws {
        let chronicle = try chronicle(seed)
        for host in 0..<6 {
            var oracle = TransitionOracle()
            for line in chronicle.of(host) {
                if let complaint = oracle.take(line.event) {
                    Issue.record("host \(host) at \(line.at): \(complaint)")
                }
            }
            #expect(oracle.open.isEmpty, "host \(host): \(oracle.open)")
            #expect(oracle.followedCount == 0, "host \(host)")
        }
    }
}
