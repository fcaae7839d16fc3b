import Glibc
import WarrenObservation
import WarrenPrimitives

/// Where each stop of a block's way stands in a picture: the producer in the middle, every other as
/// far out as it was late, below the one who gave it the block.
struct RadialLayout {
    /// One for each stop, in their order.
    private(set) var angles: [Double]
    private(set) var radii: [Double]
    let scale: Scale
    let centre: Spot

    /// Of the middle nothing is used up to this share, so that the first steps do not lie on it.
    private static let hollow = 0.06

    init(_ spread: BlockSpread, regions: Regions, centre: Spot, radius: Double) {
        self.centre = centre
        let times = spread.stops.map(\.reached.inSeconds)
        let last = max(times.max() ?? 0, 1e-4)
        let median = times.sorted()[times.count / 2]
        scale = Scale(
            0...last,
            from: radius * Self.hollow,
            to: radius,
            isBent: median < last / 5
        )
        let scale = scale
        radii = times.map { scale($0) }
        radii[0] = 0
        angles = Array(repeating: 0, count: times.count)
        spreadOut(spread, regions)
    }

    /// Gives every leaf as much of the circle, and every other the middle of what is below it.
    private mutating func spreadOut(_ spread: BlockSpread, _ regions: Regions) {
        let children = spread.children.map { places in
            places.sorted { one, other in
                let (a, b) = (spread.stops[one], spread.stops[other])
                return (regions.number(a.node), a.reached, a.node)
                    < (regions.number(b.node), b.reached, b.node)
            }
        }
        let tops = [0] + spread.stops.indices.dropFirst().filter { spread.stops[$0].hops == nil }
        var order: [Int] = []
        var next = Array(tops.reversed())
        while let place = next.popLast() {
            order.append(place)
            next += children[place].reversed()
        }
        var leaves = [Int](repeating: 0, count: order.count)
        for place in order.reversed() {
            leaves[place] = max(1, children[place].reduce(0) { $0 + leaves[$1] })
        }
        let total = Double(max(1, tops.reduce(0) { $0 + leaves[$1] }))
        var starts = [Double](repeating: 0, count: order.count)
        var start = 0.0
        for top in tops {
            starts[top] = start
            start += Double(leaves[top])
        }
        for place in order {
            var begin = starts[place]
            angles[place] = (begin + Double(leaves[place]) / 2) / total * 2 * .pi - .pi / 2
            for child in children[place] {
                starts[child] = begin
                begin += Double(leaves[child])
            }
        }
    }

    func spot(angle: Double, radius: Double) -> Spot {
        Spot(x: centre.x + cos(angle) * radius, y: centre.y + sin(angle) * radius)
    }

    func spot(_ place: Int) -> Spot { spot(angle: angles[place], radius: radii[place]) }

    /// A curve from one stop to one below it, that leaves and comes in along the radius.
    func curve(from parent: Int, to child: Int) -> String {
        let middle = (radii[parent] + radii[child]) / 2
        let angle = radii[parent] == 0 ? angles[child] : angles[parent]
        return "M" + spot(parent).text + "C" + spot(angle: angle, radius: middle).text + " "
            + spot(angle: angles[child], radius: middle).text + " " + spot(child).text
    }
}
