import Foundation
import WarrenPrimitives

/// Calls `body` with mutated copies of `samples`: `WARREN_FUZZ` of them, or 10,000.
package func mutations(of samples: [[UInt8]], seed: UInt64, _ body: ([UInt8]) -> Void) {
    let count = ProcessInfo.processInfo.environment["WARREN_FUZZ"].flatMap(Int.init) ?? 10_000
    var random = Random(seed: seed)
    for _ in 0..<count {
        var bytes = samples[random.below(samples.count)]
        for _ in 0...random.below(3) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(5) {
            case 0: bytes[place] = UInt8(random.below(256))
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes[random.below(bytes.count)], at: place)
            case 3: bytes.removeSubrange(place...)
            default:
                let other = samples[random.below(samples.count)]
                bytes.append(contentsOf: other.suffix(random.below(other.count + 1)))
            }
        }
        body(bytes)
    }
}
