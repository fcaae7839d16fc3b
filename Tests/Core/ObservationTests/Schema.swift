import Foundation
import Testing

/// Checks a JSON value against the part of JSON Schema 2020-12 that `docs/schemas` uses.
///
/// A keyword outside of that part is a complaint too, so that none is skipped in silence.
struct Schema {
    private let root: [String: JSON]

    /// The file `name`.schema.json.
    init(_ name: String) throws {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/schemas/\(name).schema.json")
        root = try JSONDecoder().decode([String: JSON].self, from: Data(contentsOf: file))
    }

    /// What is wrong with `json`; empty when nothing is.
    func complaints(_ json: Data) throws -> [String] {
        complaints(try JSONDecoder().decode(JSON.self, from: json), root, at: "$")
    }

    func complaints(_ value: some Encodable) throws -> [String] {
        try complaints(JSONEncoder().encode(value))
    }

    private static let silent: Set = ["$schema", "$id", "$defs", "title", "description"]

    private func complaints(_ value: JSON, _ schema: [String: JSON], at path: String) -> [String] {
        schema.sorted { $0.key < $1.key }.flatMap { keyword, rule -> [String] in
            if Self.silent.contains(keyword) { return [] }
            switch (keyword, rule) {
            case ("$ref", .string(let name)): return follow(name, value, path)
            case ("type", .string(let name)):
                return value.type == name ? [] : ["\(path) is not of type \(name): \(value)"]
            case ("enum", .array(let words)):
                return words.contains(value) ? [] : ["\(path) is none of \(words): \(value)"]
            case ("pattern", .string(let pattern)):
                let found = value.text?.range(of: pattern, options: .regularExpression)
                return found == nil ? ["\(path) does not match \(pattern): \(value)"] : []
            case ("minimum", .integer(let bound)):
                return (value.number ?? bound) >= bound ? [] : ["\(path) is below \(bound)"]
            case ("maximum", .integer(let bound)):
                return (value.number ?? bound) <= bound ? [] : ["\(path) is above \(bound)"]
            case ("required", .array(let names)):
                return names.compactMap(\.text).filter { value.fields[$0] == nil }
                    .map { "\(path) lacks \($0)" }
            case ("properties", .object(let properties)):
                return value.fields.sorted { $0.key < $1.key }.flatMap { name, value in
                    properties[name].map { complaints(value, $0.fields, at: "\(path).\(name)") }
                        ?? []
                }
            case ("additionalProperties", .boolean(false)):
                let known = schema["properties"]?.fields ?? [:]
                return value.fields.keys.filter { known[$0] == nil }.sorted()
                    .map { "\(path) has \($0), which is not described" }
            case ("items", .object(let rule)):
                return value.items.enumerated().flatMap {
                    complaints($1, rule, at: "\(path)[\($0)]")
                }
            case ("oneOf", .array(let choices)):
                let found = choices.map { complaints(value, $0.fields, at: path) }
                let count = found.count { $0.isEmpty }
                if count == 1 { return [] }
                return ["\(path) fits \(count) of the choices"]
                    + (found.min { $0.count < $1.count } ?? [])
            default: return ["\(path): the keyword \(keyword) is beyond this checker"]
            }
        }
    }

    private func follow(_ name: String, _ value: JSON, _ path: String) -> [String] {
        let prefix = "#/$defs/"
        guard name.hasPrefix(prefix), let definitions = root["$defs"]?.fields,
            let rule = definitions[String(name.dropFirst(prefix.count))]
        else { return ["\(path): there is no \(name)"] }
        return complaints(value, rule.fields, at: path)
    }
}

/// Any JSON value, its integers exact.
private enum JSON: Hashable, Decodable {
    case null
    case boolean(Bool)
    case integer(Int128)
    case fraction(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let it = try? value.decode(Bool.self) {
            self = .boolean(it)
        } else if let it = try? value.decode(Int64.self) {
            self = .integer(Int128(it))
        } else if let it = try? value.decode(UInt64.self) {
            self = .integer(Int128(it))
        } else if let it = try? value.decode(Double.self) {
            self = .fraction(it)
        } else if let it = try? value.decode(String.self) {
            self = .string(it)
        } else if let it = try? value.decode([JSON].self) {
            self = .array(it)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    var type: String {
        switch self {
        case .null: "null"
        case .boolean: "boolean"
        case .integer: "integer"
        case .fraction: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var number: Int128? { if case .integer(let number) = self { number } else { nil } }
    var items: [JSON] { if case .array(let items) = self { items } else { [] } }
    var fields: [String: JSON] { if case .object(let fields) = self { fields } else { [:] } }
}
