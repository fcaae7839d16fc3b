/// A JSON text in the making, whose members keep their order.
indirect enum JSONValue: Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
    case string(String)
    /// A JSON number.
    case number(Int)
    case bool(Bool)
    case array([JSONValue])
    case object([(String, JSONValue)])

    init(stringLiteral text: String) { self = .string(text) }
    init(booleanLiteral value: Bool) { self = .bool(value) }

    /// An integer as CometBFT writes those of 64 bits: in quotes (C§10).
    static func digits(_ number: some BinaryInteger) -> JSONValue { .string("\(number)") }

    var text: String {
        switch self {
        case .string(let text): JSONText.quoted(text)
        case .number(let number): "\(number)"
        case .bool(let value): value ? "true" : "false"
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.map { "\(JSONText.quoted($0.0)):\($0.1.text)" }.joined(separator: ",")
                + "}"
        }
    }
}
