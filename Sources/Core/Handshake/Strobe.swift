/// STROBE-128, as much of it as Merlin needs: associated data, keys, and pseudorandom output.
///
/// Source: C§2.3.
package struct Strobe: Sendable {
    package private(set) var state = Keccak()
    package private(set) var position: UInt8 = 0
    /// One past the byte where the operation began that is going on.
    package private(set) var begin: UInt8 = 0
    /// The flags of the operation that is going on.
    package private(set) var flags: UInt8 = 0

    /// Bytes of the state that are used for data: 200, less capacity and padding.
    package static let rate: UInt8 = 166

    package init(label: String) {
        let head: [UInt8] = [0x01, Self.rate + 2, 0x01, 0x00, 0x01, 96]
        for (place, byte) in (head + Array("STROBEv1.0.2".utf8)).enumerated() {
            state[place] = byte
        }
        state.permute()
        metaAssociatedData(Array(label.utf8))
    }

    /// Absorbs a framing of what follows; `more` goes on with the framing before.
    package mutating func metaAssociatedData(_ bytes: [UInt8], more: Bool = false) {
        operate(Flags.metadata | Flags.application, more: more)
        absorb(bytes)
    }

    package mutating func associatedData(_ bytes: [UInt8], more: Bool = false) {
        operate(Flags.application, more: more)
        absorb(bytes)
    }

    /// Overwrites state with a key, so that what was before cannot be computed back.
    package mutating func key(_ bytes: [UInt8], more: Bool = false) {
        operate(Flags.application | Flags.cipher, more: more)
        for byte in bytes {
            state[Int(position)] = byte
            advance()
        }
    }

    /// Squeezes `count` bytes out.
    package mutating func pseudorandom(_ count: Int, more: Bool = false) -> [UInt8] {
        operate(Flags.inbound | Flags.application | Flags.cipher, more: more)
        return (0..<count).map { _ in
            let byte = state[Int(position)]
            state[Int(position)] = 0
            advance()
            return byte
        }
    }

    /// Overwrites the state, which may hold secrets; the value is of no use after.
    package mutating func clear() { state.clear() }

    private enum Flags {
        static let inbound: UInt8 = 1
        static let application: UInt8 = 2
        static let cipher: UInt8 = 4
        static let metadata: UInt8 = 16
    }

    private mutating func operate(_ flags: UInt8, more: Bool) {
        if more {
            precondition(self.flags == flags, "operation \(self.flags) cannot go on as \(flags)")
            return
        }
        let before = begin
        begin = position + 1
        self.flags = flags
        absorb([before, flags])
        if flags & Flags.cipher != 0, position != 0 { run() }
    }

    private mutating func absorb(_ bytes: [UInt8]) {
        for byte in bytes {
            state[Int(position)] ^= byte
            advance()
        }
    }

    private mutating func advance() {
        position += 1
        if position == Self.rate { run() }
    }

    private mutating func run() {
        state[Int(position)] ^= begin
        state[Int(position) + 1] ^= 0x04
        state[Int(Self.rate) + 1] ^= 0x80
        state.permute()
        position = 0
        begin = 0
    }
}
