import WarrenGenerator

/// What of Docker is there, in words; each throws what is missing and what to do about it.
package enum DockerCheck {
    package static func daemon() async throws(EngineFailure) -> String {
        "its daemon answers, version \(try await Docker.version())"
    }

    package static func image() async throws(EngineFailure) -> String {
        let name = Network.Options().image
        try await Docker.check(image: name)
        let words = ["docker", "image", "inspect", "--format", "{{.Size}}", name]
        let size = try await Docker.demand(words).split(separator: "\n").first.flatMap { Int64($0) }
        return size.map { "\(name), \($0 / 1_000_000) MB" } ?? name
    }
}
