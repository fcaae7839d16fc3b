import WarrenPrimitives
package import WarrenScenario

/// Which way every two hosts are joined now: regions, and the faults that lie over them.
///
/// Each fault that lies over links has a number below 64; every host keeps two sets of numbers,
/// one for each side. So one look tells whether anything lies between two hosts.
package struct LinkMap {
    /// How many faults may cut or degrade links at once.
    package static let limit = 64

    private struct Sides {
        var first: UInt64 = 0
        var second: UInt64 = 0
    }

    private struct Overlay {
        var cut: Scenario.Fault.CutMode?
        var path: Path?
        /// Started later than those with a lower rank.
        var rank: UInt64
    }

    private let regionCount: Int
    private let paths: [Path]
    private let regions: [Int]
    private var sides: [Sides]
    private var overlays: [Overlay?] = []
    private var oneWay: UInt64 = 0
    private var cuts: UInt64 = 0
    private var degradations: UInt64 = 0
    private var rank: UInt64 = 0

    package init(_ links: [Path], regionCount: Int, regions: [Int]) {
        paths = links
        self.regionCount = regionCount
        self.regions = regions
        sides = Array(repeating: Sides(), count: regions.count)
        overlays = Array(repeating: nil, count: Self.limit)
    }

    package var hasCuts: Bool { cuts != 0 }

    /// The quality of the way from one host to another: of its link and all that degrades it, the
    /// worse in each respect.
    package func path(from one: Int, to other: Int) -> Path {
        var path = paths[regions[one] * regionCount + regions[other]]
        guard degradations != 0 else { return path }
        var left = between(one, other) & degradations
        while left != 0 {
            if let worse = overlays[left.trailingZeroBitCount]?.path {
                path = path.worsened(by: worse)
            }
            left &= left - 1
        }
        return path
    }

    /// How the way from one host to another is cut, if it is.
    package func cut(from one: Int, to other: Int) -> Scenario.Fault.CutMode? {
        guard cuts != 0 else { return nil }
        let active = between(one, other) & cuts
        return active == 0 ? nil : latest(active)?.cut
    }

    private func between(_ one: Int, _ other: Int) -> UInt64 {
        let (from, to) = (sides[one], sides[other])
        return from.first & to.second | from.second & to.first & ~oneWay
    }

    private func latest(_ active: UInt64) -> Overlay? {
        var best: Overlay?
        var left = active
        while left != 0 {
            let overlay = overlays[left.trailingZeroBitCount]
            if let overlay, best.map({ $0.rank < overlay.rank }) ?? true { best = overlay }
            left &= left - 1
        }
        return best
    }

    /// Lays a cut between two sides; answers its number, nil if there is none left.
    package mutating func cut(
        _ first: [Int],
        _ second: [Int],
        mode: Scenario.Fault.CutMode,
        oneWay isOneWay: Bool
    ) -> Int? {
        guard let number = lay(first, second, Overlay(cut: mode, rank: rank)) else { return nil }
        cuts |= 1 << UInt64(number)
        if isOneWay { oneWay |= 1 << UInt64(number) }
        return number
    }

    package mutating func degrade(_ first: [Int], _ second: [Int], _ path: Path) -> Int? {
        guard let number = lay(first, second, Overlay(path: path, rank: rank)) else { return nil }
        degradations |= 1 << UInt64(number)
        return number
    }

    private mutating func lay(_ first: [Int], _ second: [Int], _ overlay: Overlay) -> Int? {
        guard let number = overlays.firstIndex(where: { $0 == nil }) else { return nil }
        overlays[number] = overlay
        rank += 1
        let bit: UInt64 = 1 << UInt64(number)
        for host in first { sides[host].first |= bit }
        for host in second { sides[host].second |= bit }
        return number
    }

    package mutating func lift(_ number: Int) {
        let kept: UInt64 = ~(1 << UInt64(number))
        overlays[number] = nil
        cuts &= kept
        degradations &= kept
        oneWay &= kept
        for host in sides.indices {
            sides[host].first &= kept
            sides[host].second &= kept
        }
    }
}
