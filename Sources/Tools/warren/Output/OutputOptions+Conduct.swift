import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

extension OutputOptions {
    /// Prints what became of the scenario's loads.
    func loads(_ tallies: [LoadTally]) {
        for line in LoadText(tallies).lines(paint: paint) { text(line) }
    }

    /// Prints how the nodes carried themselves, below the verdicts.
    func conduct(_ conduct: Conduct, of manifest: NetworkManifest, zero: Instant?) {
        let names = manifest.nodes.map(\.name)
        let text = ConductText(conduct, names: names, zero: zero)
        for line in text.lines(paint: paint) { self.text(line) }
    }
}

extension Conduct {
    /// What no node may do breaks a run, whatever was expected of it.
    var exitCode: Int32 { offences.isEmpty ? 0 : Exit.broken }
}

extension Run {
    /// How the nodes have carried themselves so far, and when t = 0 was; nil without a recording.
    ///
    /// Only looks: whoever runs it may write it. What a copy lacks beside it is made if need be.
    func conduct() -> (conduct: Conduct, zero: Instant?)? {
        let path = directory.recording
        guard FilePresence.isFile(path),
            let recording = (try? Recording(reading: path)) ?? (try? Recording(path: path))
        else { return nil }
        defer { recording.close() }
        guard let conduct = try? recording.conduct() else { return nil }
        return (conduct, (try? recording.span())?.zeroAt)
    }
}
