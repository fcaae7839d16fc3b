import WarrenNode
import WarrenPrimitives
import WarrenScenario

/// What a scenario's links are for one node: rules for the peers of each region, in force from its
/// first dial.
///
/// By address where a node has one of its own, so that they hold before anybody knows who is there;
/// by id in containers, whose addresses nobody knows beforehand. The simulator has its links from the
/// scenario itself. Source: design §17.12.
enum Baseline {
    static func rules(
        for place: Int,
        in matrix: LinkMatrix,
        peers: (Int) -> LinkPeers.Peer
    ) -> [LinkRule] {
        let region = matrix.placeByMember[place]
        let count = matrix.placeByMember.count
        var sorts: [(quality: LinkQuality, places: [Int])] = []
        for other in 0..<count where other != place {
            let quality = matrix.quality[region][matrix.placeByMember[other]]
            if let sort = sorts.firstIndex(where: { $0.quality == quality }) {
                sorts[sort].places.append(other)
            } else {
                sorts.append((quality, [other]))
            }
        }
        if sorts.count == 1, let only = sorts.first {
            return only.quality == .perfect
                ? [] : [LinkRule(peers: .everybody, quality: only.quality)]
        }
        return sorts.filter { $0.quality != .perfect }.flatMap { sort in
            stride(from: 0, to: sort.places.count, by: LinkPeers.limit).map { start in
                let end = min(start + LinkPeers.limit, sort.places.count)
                return LinkRule(
                    peers: LinkPeers(sort.places[start..<end].map(peers)),
                    quality: sort.quality
                )
            }
        }
    }
}
