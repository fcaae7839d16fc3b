package import WarrenObservation
import WarrenPrimitives
package import WarrenScenario

/// The peers of one node: one line a peer, the closest first.
package struct PeerTable: Sendable {
    private let snapshot: Snapshot
    private let population: Population

    package init(_ snapshot: Snapshot, manifest: NetworkManifest) {
        self.snapshot = snapshot
        population = manifest.population
    }

    package func lines(paint: Paint = .none) -> [String] {
        var table = TextTable([
            .init(head: "PEER"), .init(head: "ADDRESS"), .init(head: "TEMPERATURE"),
            .init(head: "SOURCE"), .init(head: "DIRECTION"), .init(head: "USES US"),
            .init(head: "FAILS", isNumber: true), .init(head: "RTT", isNumber: true),
            .init(head: "WHY"),
        ])
        let rows = snapshot.peers.enumerated().sorted { a, b in
            (b.element.temperature, a.offset) < (a.element.temperature, b.offset)
        }.map(\.element)
        for row in rows { table.append(cells(row)) }
        let lines = table.lines
        return [paint(.faint, lines[0])] + lines.dropFirst()
    }

    private func cells(_ row: Snapshot.Peer) -> [String] {
        let reference = PeerReference(peer: row.peer, id: row.id, address: row.address)
        return [
            population.name(of: reference), row.address ?? TextTable.none,
            row.temperature.rawValue + (row.isTepid ? " (tepid)" : ""), row.source.rawValue,
            row.direction?.rawValue ?? TextTable.none, row.usedBy?.rawValue ?? TextTable.none,
            "\(row.failCount)", row.roundTripNanoseconds.map(Self.roundTrip) ?? TextTable.none,
            row.lastTransition?.sentence ?? TextTable.none,
        ]
    }

    /// Milliseconds with one decimal, cut off.
    private static func roundTrip(_ nanoseconds: Int64) -> String {
        let tenths = nanoseconds / 100_000
        return "\(tenths / 10).\((tenths % 10).magnitude)ms"
    }
}

extension Snapshot.LastTransition {
    fileprivate var sentence: String { reason.sentence(from: from, to: to) }
}
