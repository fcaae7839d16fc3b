package import Foundation
package import WarrenGenerator
import WarrenScenario

/// All runs under one directory, `testnets/out` unless told otherwise.
package struct RunShelf: Hashable, Sendable {
    package let root: String

    /// `root` may be relative; nodes are given absolute paths.
    package init(root: String) {
        self.root = URL(filePath: root).standardizedFileURL.path(percentEncoded: false)
            .trimmingSuffix("/")
    }

    /// Names of networks that have runs, in order.
    package var names: [String] { directories(in: root).filter { !$0.hasPrefix(".") } }

    /// The runs of a network, oldest first.
    package func runs(of name: String) -> [Run] {
        directories(in: "\(root)/\(name)").filter { $0 != "latest" }
            .compactMap { try? Run(at: "\(root)/\(name)/\($0)") }
    }

    package var all: [Run] { names.flatMap(runs) }

    package func latest(of name: String) -> Run? {
        let link = RunDirectory.latest(under: root, name: name)
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else {
            return runs(of: name).last
        }
        return try? Run(at: "\(root)/\(name)/\(target)")
    }

    /// A directory for a new run that begins now.
    package func newRun(of name: String, at date: Date = Date()) -> RunDirectory {
        let format = Date.VerbatimFormatStyle(
            format:
                "\(year: .defaultDigits)-\(month: .twoDigits)-\(day: .twoDigits)T\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased))-\(minute: .twoDigits)-\(second: .twoDigits)Z",
            timeZone: .gmt,
            calendar: Calendar(identifier: .gregorian)
        )
        let time = date.formatted(format)
        let taken = Set(directories(in: "\(root)/\(name)"))
        // Two runs in one second are told apart by a number.
        let numbered = (2...).lazy.map { "\(time)-\($0)" }.first { !taken.contains($0) } ?? time
        return RunDirectory(
            under: root,
            name: name,
            time: taken.contains(time) ? numbered : time
        )
    }

    /// Makes the run the one that `latest` names.
    package func setLatest(_ run: RunDirectory, of name: String) throws(EngineFailure) {
        let link = RunDirectory.latest(under: root, name: name)
        let fresh = link + ".new"
        unsafe unlink(fresh)
        do {
            try FileManager.default.createSymbolicLink(
                atPath: fresh,
                withDestinationPath: URL(filePath: run.path).lastPathComponent
            )
        } catch {
            throw .cannotWrite(fresh, error.localizedDescription)
        }
        guard unsafe rename(fresh, link) == 0 else {
            throw .cannotWrite(link, unsafe String(cString: strerror(errno)))
        }
    }

    /// Held by whoever changes the runs of a network; nil if somebody else does.
    package func lock(_ name: String) throws(EngineFailure) -> SoleMark? {
        try Disk.makeDirectory("\(root)/\(name)")
        return try SoleMark("\(root)/\(name)/.lock")
    }

    private func directories(in path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
            .filter { FileManager.default.fileExists(atPath: "\(path)/\($0)/.") }
            .sorted()
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) && count > suffix.count ? String(dropLast(suffix.count)) : self
    }
}

extension RunShelf {
    /// Removes a run with all that is in it.
    package func remove(_ run: Run) {
        try? FileManager.default.removeItem(atPath: run.directory.path)
        forget(run.manifest.name)
    }

    /// Removes what is left of a network without runs: its link and its lock.
    package func forget(_ name: String) {
        guard runs(of: name).isEmpty else { return }
        unsafe unlink(RunDirectory.latest(under: root, name: name))
        unsafe unlink("\(root)/\(name)/.lock")
        // Stays if there is something else in it.
        unsafe rmdir("\(root)/\(name)")
    }
}
