import Foundation
import WarrenGenerator

extension RunDirectory {
    /// The path as a person would type it here.
    var shown: String {
        let here = FileManager.default.currentDirectoryPath + "/"
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }
}
