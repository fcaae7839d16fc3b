/// How many elements every collection holds in a value and all that it is made of.
///
/// Collections are found by reflection, so that one that somebody adds is counted, too. Those in the
/// elements of another are counted together, under one name; of bytes, only how many there are.
struct Census {
    private(set) var counts: [String: Int] = [:]

    /// Elements that are looked at before the others are taken to hold no collections either.
    private static let sampleCount = 8
    private static let depthLimit = 40

    init(of value: Any) { count(value, at: "", depth: 0) }

    private mutating func count(_ value: Any, at path: String, depth: Int) {
        guard depth < Self.depthLimit else { return }
        switch value {
        case let bytes as [UInt8]: return add(bytes.count, at: path)
        case let bytes as ArraySlice<UInt8>: return add(bytes.count, at: path)
        case is String, is any BinaryInteger, is Bool: return
        default: break
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .collection, .set, .dictionary:
            add(mirror.children.count, at: path)
            let before = counts.count
            for (number, child) in mirror.children.enumerated() {
                if number == Self.sampleCount, counts.count == before { break }
                count(child.value, at: path + "[]", depth: depth + 1)
            }
        default:
            for child in mirror.children {
                let label = child.label ?? "some"
                let isNameless = label == "some" || label.hasPrefix(".")
                let name = isNameless ? path : path.isEmpty ? label : "\(path).\(label)"
                count(child.value, at: name, depth: depth + 1)
            }
        }
    }

    private mutating func add(_ count: Int, at path: String) { counts[path, default: 0] += count }

    /// The greater of both counts, for every collection.
    mutating func raise(to other: Census) {
        counts.merge(other.counts) { max($0, $1) }
    }
}
