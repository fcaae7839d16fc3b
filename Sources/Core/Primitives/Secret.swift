import CSodium
import Synchronization

/// 32 secret bytes in one place, overwritten when the last holder lets go.
///
/// It cannot be printed, compared or copied.
package final class Secret: Sendable {
    // Atomic for one reason only: so that `deinit` may overwrite what is otherwise never changed,
    // while the class stays Sendable by the compiler's own judgement.
    private let word0: Atomic<UInt64>
    private let word1: Atomic<UInt64>
    private let word2: Atomic<UInt64>
    private let word3: Atomic<UInt64>

    package static let byteCount = 32

    /// Takes 32 bytes over, and overwrites the array it takes them from.
    package init(taking bytes: inout [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a secret has 32 bytes, not \(bytes.count)")
        func word(_ index: Int) -> UInt64 {
            bytes[(8 * index)..<(8 * index + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        word0 = Atomic(word(0))
        word1 = Atomic(word(1))
        word2 = Atomic(word(2))
        word3 = Atomic(word(3))
        Sodium.clear(&bytes)
    }

    deinit {
        word0.store(0, ordering: .sequentiallyConsistent)
        word1.store(0, ordering: .sequentiallyConsistent)
        word2.store(0, ordering: .sequentiallyConsistent)
        word3.store(0, ordering: .sequentiallyConsistent)
    }

    /// Lends the 32 bytes for one call, and overwrites what it lent.
    package func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result?) -> Result? {
        var words = (
            word0.load(ordering: .relaxed).littleEndian,
            word1.load(ordering: .relaxed).littleEndian,
            word2.load(ordering: .relaxed).littleEndian,
            word3.load(ordering: .relaxed).littleEndian
        )
        // The pointer is to the 32 bytes of the tuple, for the time of the call.
        return unsafe withUnsafeMutableBytes(of: &words) { buffer -> Result? in
            guard let base = buffer.baseAddress else { return nil }
            let result = unsafe body(base.assumingMemoryBound(to: UInt8.self))
            unsafe sodium_memzero(base, buffer.count)
            return result
        }
    }

    /// Lends the bytes as an array, which is overwritten after.
    package func withArray<Result>(_ body: ([UInt8]) -> Result) -> Result {
        // One array of the right size: what it grew out of could not be overwritten.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        bytes.append(littleEndian: word0.load(ordering: .relaxed))
        bytes.append(littleEndian: word1.load(ordering: .relaxed))
        bytes.append(littleEndian: word2.load(ordering: .relaxed))
        bytes.append(littleEndian: word3.load(ordering: .relaxed))
        let result = body(bytes)
        Sodium.clear(&bytes)
        return result
    }
}
