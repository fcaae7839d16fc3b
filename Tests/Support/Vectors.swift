import Foundation

/// Test vectors: JSON files under `Tests/Vectors`, each with a `source` line of its own.
package enum Vectors {
    /// The file `name`.json, decoded as `type`.
    package static func load<Value: Decodable>(
        _ name: String,
        as type: Value.Type = Value.self
    ) throws -> Value {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent()
            .deletingLastPathComponent()
            .appending(path: "Vectors/\(name).json")
        return try JSONDecoder().decode(Value.self, from: Data(contentsOf: file))
    }
}
