package import WarrenPrimitives

/// What is wrong with bytes that should be a header, a body or a transaction.
package enum ChainCodingError: Error, Hashable, Sendable {
    case protobuf(ProtobufError)
    /// Over its limit; how many bytes there are.
    case tooLong(Int)
    /// Another encoding than the one that ids are made of.
    case notCanonical
    /// The same transaction twice in one body.
    case repeated(Hash)
}

/// Runs `body`, and says of what it throws that it was about a chain.
func reading<Value>(_ body: () throws(ProtobufError) -> Value) throws(ChainCodingError) -> Value {
    do {
        return try body()
    } catch {
        throw .protobuf(error)
    }
}

extension ProtobufField {
    /// A field of 32 bytes within `bytes`.
    func hash32(in bytes: Span<UInt8>) throws(ProtobufError) -> Hash {
        guard let found = Hash(bytes.copy(try range())) else { throw .outOfRange(field: number) }
        return found
    }

    /// A field that counts something in memory.
    func size() throws(ProtobufError) -> Int {
        guard let size = Int(exactly: try varint()) else { throw .outOfRange(field: number) }
        return size
    }
}
