import WarrenPrimitives

/// Both directions of a connection whose keys are agreed: payload to sealed frames and back.
///
/// Every frame is as long as every other, whatever it holds. Source: C§2.6.
struct Frames: ~Copyable {
    private var outbound: Cipher
    private var inbound: Cipher
    private var text = [UInt8](repeating: 0, count: Frames.textByteCount)

    static let headByteCount = 4
    /// The most payload a frame holds, in bytes.
    static let payloadLimit = 1024
    static let textByteCount = headByteCount + payloadLimit
    static let sealedByteCount = textByteCount + Cipher.tagByteCount

    init(outbound: consuming Cipher, inbound: consuming Cipher) {
        self.outbound = outbound
        self.inbound = inbound
    }

    /// Appends `plain`, cut in frames and sealed, to `output`; all of it or nothing.
    ///
    /// Nothing at all for no bytes: an empty frame confuses upstream.
    mutating func seal(
        _ plain: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(Violation) {
        let count = plain.count
        let frames = (count + Self.payloadLimit - 1) / Self.payloadLimit
        guard UInt64(frames) <= outbound.framesLeft else { throw .nonceExhausted }
        Self.reserve(frames * Self.sealedByteCount, in: &output)
        // The pieces lie within the buffer, which is the span's for the time of the call.
        unsafe plain.withUnsafeBufferPointer { buffer in
            var offset = 0
            while offset < count {
                let length = min(count - offset, Self.payloadLimit)
                let piece = unsafe UnsafeBufferPointer(rebasing: buffer[offset..<offset + length])
                output.append(UInt8(truncatingIfNeeded: length))
                output.append(UInt8(truncatingIfNeeded: length >> 8))
                output.append(0)
                output.append(0)
                unsafe output.append(contentsOf: piece)
                let filler = Self.payloadLimit - length + Cipher.tagByteCount
                output.append(contentsOf: Self.zeros[..<filler])
                outbound.seal(last: Self.textByteCount, of: &output)
                offset += length
            }
        }
    }

    /// Opens the frame at `offset` of `bytes`, appends its payload to `plain` and says how long.
    mutating func open(
        _ bytes: Span<UInt8>,
        at offset: Int,
        into plain: inout [UInt8]
    ) throws(Violation) -> Int {
        guard inbound.framesLeft > 0 else { throw .nonceExhausted }
        guard inbound.open(Self.textByteCount, of: bytes, at: offset, into: &text) else {
            throw .forgedFrame
        }
        var length = 0
        for place in (0..<Self.headByteCount).reversed() { length = length << 8 | Int(text[place]) }
        guard length <= Self.payloadLimit else { throw .frameTooLong(length) }
        plain.append(contentsOf: text[Self.headByteCount..<Self.headByteCount + length])
        return length
    }

    private static let zeros = [UInt8](repeating: 0, count: payloadLimit + Cipher.tagByteCount)

    /// Makes room for `count` more bytes, and at least doubles what there was.
    private static func reserve(_ count: Int, in output: inout [UInt8]) {
        let needed = output.count + count
        if output.capacity < needed { output.reserveCapacity(max(needed, 2 * output.capacity)) }
    }
}
