import Foundation
import WarrenPrimitives

/// Hands `body` mutated copies of `valid`: 10,000 of them, or as many as `WARREN_FUZZ` says.
func fuzz(_ valid: [[UInt8]], _ body: ([UInt8]) throws -> Void) rethrows {
    let count = ProcessInfo.processInfo.environment["WARREN_FUZZ"].flatMap(Int.init) ?? 10_000
    var random = Random(seed: 0x5EED)
    for _ in 0..<count {
        var bytes = valid[random.below(valid.count)]
        for _ in 0...random.below(4) { mutate(&bytes, &random) }
        try body(bytes)
    }
}

private func mutate(_ bytes: inout [UInt8], _ random: inout Random) {
    guard !bytes.isEmpty else { return }
    let place = random.below(bytes.count)
    switch random.below(6) {
    case 0: bytes[place] ^= 1 << UInt8(random.below(8))
    case 1: bytes[place] = UInt8(random.below(256))
    case 2: bytes.insert(UInt8(random.below(256)), at: place)
    case 3: bytes.remove(at: place)
    case 4: bytes.removeLast(bytes.count - place)
    default:
        // A piece of itself, put somewhere else: repeats fields, groups and marks.
        let end = place + random.below(bytes.count - place) + 1
        bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
    }
}
