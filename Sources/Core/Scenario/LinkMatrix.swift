package import WarrenPrimitives

/// The link between any two nodes, by their regions.
///
/// What the simulator and the engines ask; the scenario's own form is for people.
package struct LinkMatrix: Hashable, Sendable {
    /// In the order in which the scenario names them; the last is empty and stands for nodes
    /// without a region.
    package let regions: [String]
    /// By the places of both ends in ``regions``; the same both ways.
    package let quality: [[LinkQuality]]
    /// The place in ``regions`` of each node's region, by the node's place in the roll.
    package let placeByMember: [Int]

    /// The link from one node to another, by their places in the roll.
    package subscript(_ from: Int, _ to: Int) -> LinkQuality {
        quality[placeByMember[from]][placeByMember[to]]
    }

    /// True if no link costs anything: then any engine can carry the network.
    package var isPerfect: Bool { quality.allSatisfy { $0.allSatisfy { $0 == .perfect } } }
}

extension Scenario {
    /// Different regions in one scenario; the matrix has as many squared.
    package static let regionLimit = 100

    /// Every region that a group names, in the order of the file.
    package var regions: [String] {
        var seen: Set<String> = []
        return groups.flatMap(\.regions).filter { seen.insert($0).inserted }
    }

    /// The links of a valid scenario, resolved for every pair of regions.
    package var linkMatrix: LinkMatrix {
        let regions = regions + [""]
        var places: [String: Int] = [:]
        for (place, region) in regions.enumerated() { places[region] = place }
        let row = [LinkQuality](repeating: usualLink, count: regions.count)
        var quality = [[LinkQuality]](repeating: row, count: regions.count)
        for link in links {
            guard let one = places[link.between], let other = places[link.and] else { continue }
            quality[one][other] = link.quality
            quality[other][one] = link.quality
        }
        return LinkMatrix(
            regions: regions,
            quality: quality,
            placeByMember: members.map { places[$0.region ?? ""] ?? regions.count - 1 }
        )
    }
}
