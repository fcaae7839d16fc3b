extension Decoder {
    /// The value whose text stands here alone; an error says `what` it should be.
    package func valueOfText<Value: LosslessStringConvertible>(
        _ what: String,
        expected: String
    ) throws -> Value {
        let container = try singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Value(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "'\(text)' is no \(what): expected \(expected)"
            )
        }
        return value
    }
}

extension Encoder {
    /// Writes `value` as its text, alone.
    package func encodeText(_ value: some LosslessStringConvertible) throws {
        var container = singleValueContainer()
        try container.encode(value.description)
    }
}
