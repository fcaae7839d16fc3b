import WarrenObservation
import WarrenPrimitives

/// 128 bits that differ as soon as anything went differently.
///
/// It is no cryptographic hash: nobody tries to deceive it. It depends on nothing that differs
/// between builds or processes, unlike `Hasher`.
package struct Digest: Hashable, Sendable {
    private var first: UInt64 = 0x243F_6A88_85A3_08D3
    private var second: UInt64 = 0x1319_8A2E_0370_7344

    package init() {}

    @inline(__always)
    package mutating func absorb(_ word: UInt64) {
        var mixed = (first ^ word) &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed >> 29
        first = mixed
        second = (second &+ mixed) &* 0xD134_2543_DE82_EF95
        second ^= second >> 32
    }

    package mutating func absorb(_ bytes: [UInt8]) {
        absorb(UInt64(bytes.count))
        let whole = bytes.count & ~7
        // Words of any bits, within the bytes that are lent for the time of the call.
        unsafe bytes.withUnsafeBytes { raw in
            for offset in stride(from: 0, to: whole, by: 8) {
                absorb(unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self).bigEndian)
            }
        }
        guard whole < bytes.count else { return }
        absorb(bytes[whole...].reduce(0) { $0 << 8 | UInt64($1) })
    }

    package mutating func absorb(_ text: String) {
        absorb(UInt64(text.utf8.count))
        for byte in text.utf8 { absorb(UInt64(byte)) }
    }
}

extension Digest: CustomStringConvertible {
    /// 32 hex digits.
    package var description: String {
        Hex.text(first.bigEndianBytes) + Hex.text(second.bigEndianBytes)
    }
}

// MARK: - Events

extension Digest {
    /// What was noted, with its place in the node's life.
    mutating func absorb(_ event: Event) {
        absorb(event.incarnation)
        absorb(event.sequence)
        absorb(UInt64(bitPattern: event.at.nanoseconds))
        absorb(event.note)
    }

    private mutating func absorb(_ note: Note) {
        if let subject = note.subject { absorb(UInt64(subject.peer.rawValue)) }
        switch note {
        case .transition(let change):
            absorb(1 << 32 | order(change.from) << 8 | order(change.to))
            absorb(change.reason.code)
        case .merged(_, let other): absorb(2 << 32 | UInt64(other.rawValue))
        case .connected(_, let connection, _):
            absorb(3)
            absorb(connection.rawValue)
        case .disconnected(_, let connection, let reason):
            absorb(4)
            absorb(connection.rawValue)
            absorb(reason.rawValue)
        case .refused(let connection, _, let reason):
            absorb(5)
            absorb(connection.rawValue)
            absorb(reason.rawValue)
        case .dialing(_, let connection):
            absorb(6)
            absorb(connection.rawValue)
        case .usedBy(_, let level): absorb(7 << 32 | order(level))
        case .banned(let id, _):
            absorb(8)
            absorb(id.bytes)
        case .reinstated(let id):
            absorb(9)
            absorb(id.bytes)
        case .asked: absorb(10)
        case .answered(_, let addressCount): absorb(11 << 32 | UInt64(addressCount))
        case .learnt(_, let addressCount, let newCount):
            absorb(12 << 32 | UInt64(addressCount))
            absorb(UInt64(newCount))
        case .targets(let targets):
            absorb(13 << 32 | UInt64(targets.known))
            absorb(UInt64(targets.established) << 32 | UInt64(targets.active))
        case .storeFailed: absorb(14)
        case .connection(_, let connection, let from, let to):
            absorb(15)
            absorb(connection.rawValue)
            absorb("\(from)")
            absorb("\(to)")
        case .inbound(_, let connection, let from, let to):
            absorb(16)
            absorb(connection.rawValue)
            absorb(from?.rawValue ?? "")
            absorb(to?.rawValue ?? "")
        case .churned(let step):
            absorb(17)
            absorb(step.action.rawValue)
            absorb(step.outcome.rawValue)
            absorb(UInt64(bitPattern: Int64(step.change)))
            absorb(UInt64(bitPattern: step.duration.wholeNanoseconds))
        case .bootstrapTimedOut: absorb(18)
        case .chain(let note): absorb(note)
        }
    }

    private mutating func absorb(_ note: ChainNote) {
        absorb(19)
        if let block = note.block {
            absorb(block.height)
            absorb(block.hash)
        }
        switch note {
        case .made: absorb(0)
        case .announced: absorb(1)
        case .fetched(_, _, let bytes): absorb(2 << 32 | UInt64(bytes))
        case .adopted: absorb(3)
        case .rolledBack(_, let depth): absorb(4 << 32 | UInt64(depth))
        case .sighted(let transaction, _):
            absorb(5)
            absorb(transaction)
        case .equivocation(_, let slot, let first, let second):
            absorb(6)
            absorb(slot)
            absorb(first)
            absorb(second)
        }
    }

    /// A SHA-256 hash is told from others by its first word.
    private mutating func absorb(_ hash: Hash) { absorb(hash.head) }

    private func order(_ temperature: Temperature) -> UInt64 {
        switch temperature {
        case .unknown: 0
        case .cold: 1
        case .warm: 2
        case .hot: 3
        }
    }
}
