/// Cuts a stream of bytes into lines, whatever pieces it comes in.
///
/// A line that is too long is reported once and skipped; memory stays below the limit.
package struct LineSplitter: Sendable {
    /// Bytes in a line of events.
    package static let defaultLimit = 64 << 10

    private let limit: Int
    private var rest: [UInt8] = []
    private var isSkipping = false

    package init(limit: Int = Self.defaultLimit) { self.limit = limit }

    package enum Piece: Hashable, Sendable {
        /// Without its newline; never empty.
        case line([UInt8])
        case tooLong
    }

    /// Whether a line has begun and not ended.
    package var isInLine: Bool { !rest.isEmpty || isSkipping }

    package mutating func take(_ bytes: some Sequence<UInt8>, into pieces: inout [Piece]) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if !isSkipping, !rest.isEmpty { pieces.append(.line(rest)) }
                rest.removeAll(keepingCapacity: true)
                isSkipping = false
            } else if !isSkipping {
                if rest.count == limit {
                    pieces.append(.tooLong)
                    rest = []
                    isSkipping = true
                } else {
                    rest.append(byte)
                }
            }
        }
    }
}
