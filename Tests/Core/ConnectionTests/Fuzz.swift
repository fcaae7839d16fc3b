import Foundation
import WarrenPrimitives

/// Damage to valid input, the same in every run.
enum Fuzz {
    /// `WARREN_FUZZ`, or 10,000.
    static let count =
        ProcessInfo.processInfo.environment["WARREN_FUZZ"].flatMap(Int.init) ?? 10_000

    /// Flips, replaces, inserts, removes, repeats or cuts, one to four times.
    static func damage(_ bytes: inout [UInt8], _ random: inout Random) {
        for _ in 0...random.below(4) {
            guard !bytes.isEmpty else { return bytes.append(UInt8(random.below(256))) }
            let index = random.below(bytes.count)
            let length = min(1 + random.below(20), bytes.count - index)
            switch random.below(6) {
            case 0: bytes[index] ^= 1 << UInt8(random.below(8))
            case 1: bytes[index] = UInt8(random.below(256))
            case 2: bytes.insert(UInt8(random.below(256)), at: index)
            case 3: bytes.removeSubrange(index..<index + length)
            case 4: bytes.insert(contentsOf: Array(bytes[index..<index + length]), at: index)
            default: bytes.removeSubrange(index...)
            }
        }
    }
}
