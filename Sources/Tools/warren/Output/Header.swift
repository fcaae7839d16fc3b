import WarrenNIO
import WarrenScenario

/// The first line of everything about a network.
enum Header {
    static func line(of manifest: NetworkManifest) -> String {
        "warren \(Version.text) · \(manifest.name) · seed \(manifest.seed) · engine "
            + manifest.engine.rawValue
    }
}
