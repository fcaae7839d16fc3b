/// Round-trip times between places of the real world, ready to be used in `links`.
///
/// Measured by IBM Cloud between its own regions, averaged over 18 July to 16 August 2026, and
/// rounded to a millisecond by them. Source: IBM Cloud Docs, "Network latency dashboards",
/// `_include-segments/network-latency.md` of ibm-cloud-docs/vpc at revision 3fdff6f. Times there and
/// back between the same two regions differ by a few milliseconds by direction; we take those
/// measured from the region that stands first here.
package struct RegionMatrix: Hashable, Sendable {
    package let name: String
    package let regions: [String]
    /// Milliseconds between each region and those after it.
    private let milliseconds: [[Int64]]

    /// Between two zones of one region: the middle of the zone-to-zone times of the same source,
    /// which run from 0.6 to 2.4 ms.
    package static let withinRegion: Duration = .milliseconds(2)

    /// By the names of the file.
    package static let all = [world, continents]

    package static func named(_ name: String) -> RegionMatrix? { all.first { $0.name == name } }

    /// Nil for a region it does not have.
    package func roundTrip(_ a: String, _ b: String) -> Duration? {
        guard let first = regions.firstIndex(of: a), let second = regions.firstIndex(of: b) else {
            return nil
        }
        guard first != second else { return Self.withinRegion }
        let low = min(first, second)
        return .milliseconds(milliseconds[low][max(first, second) - low - 1])
    }

    /// Twelve cities on five continents.
    package static let world = RegionMatrix(
        name: "world",
        regions: [
            "dallas", "toronto", "washington", "frankfurt", "london", "madrid", "chennai",
            "mumbai", "osaka", "sydney", "tokyo", "sao-paulo",
        ],
        milliseconds: [
            [35, 32, 123, 113, 119, 248, 249, 152, 186, 145, 142],
            [19, 93, 83, 108, 223, 200, 142, 216, 135, 126],
            [86, 76, 89, 240, 218, 147, 215, 142, 122],
            [13, 29, 141, 118, 236, 250, 229, 191],
            [26, 141, 118, 245, 261, 238, 181],
            [154, 130, 259, 276, 253, 215],
            [24, 112, 126, 105, 363],
            [139, 152, 132, 343],
            [108, 9, 291],
            [101, 327],
            [284],
            [],
        ]
    )

    /// One place for each: Washington, Frankfurt, Tokyo, Mumbai, São Paulo and Sydney.
    package static let continents = RegionMatrix(
        name: "continents",
        regions: ["us", "eu", "asia", "india", "sa", "au"],
        milliseconds: [
            [86, 142, 218, 122, 215],
            [229, 118, 191, 250],
            [132, 284, 101],
            [343, 152],
            [327],
            [],
        ]
    )
}
