import WarrenChain
import WarrenPrimitives

extension Point {
    /// Writes the fields of a `Point` message; the origin has none.
    func write(into writer: inout ProtobufWriter) {
        switch self {
        case .origin: break
        case .block(let height, let slot, let id):
            writer.varint(1, height)
            writer.varint(2, slot)
            writer.bytes(3, id.bytes)
        }
    }

    /// Reads a `Point` message.
    ///
    /// A height without an id, or an id without a height, is neither a block nor the origin.
    init(_ bytes: Span<UInt8>) throws(ProtobufError) {
        var (height, slot): (UInt64, UInt64) = (0, 0)
        var id: [UInt8] = []
        var offset = 0
        while let field = try bytes.protobufField(at: &offset) {
            switch field.number {
            case 1: height = try field.varint()
            case 2: slot = try field.varint()
            case 3:
                let range = try field.range()
                guard range.count <= Hash.byteCount else { throw .outOfRange(field: 3) }
                id = bytes.copy(range)
            default: break
            }
        }
        if height == 0 {
            guard slot == 0 else { throw .outOfRange(field: 2) }
            guard id.isEmpty else { throw .outOfRange(field: 3) }
            self = .origin
        } else {
            guard let hash = Hash(id) else { throw .outOfRange(field: 3) }
            self = .block(height: height, slot: slot, hash)
        }
    }
}
