import Foundation

/// What to do about a disk that is full, where that is why something failed.
package enum FullDisk {
    /// Bytes below which nothing that a run needs can be written: a store's smallest log.
    private static let leastSpace: UInt64 = 1 << 20

    /// Nil if neither the disk with `path` is full nor `words`, in which the failure was told, say so.
    package static func advice(on path: String, after words: String) -> String? {
        if let space = space(on: path), space < leastSpace {
            return
                "the disk with \(path) is full: free some of it (`df -h \(path)` shows how much there "
                + "is), or keep runs elsewhere with --out DIRECTORY"
        }
        let words = words.lowercased()
        // Docker's own trouble says what to do by itself.
        guard !words.contains("docker system df"),
            words.contains("disk is full") || words.contains("no space left on device")
        else { return nil }
        return
            "`df -h` shows which disk is full, and `docker system df` what Docker keeps on its own"
    }

    /// Bytes that are free to us on the disk with `path`, or with what there is of it.
    private static func space(on path: String) -> UInt64? {
        var place = URL(filePath: path).standardizedFileURL
        while !FileManager.default.fileExists(atPath: place.path), place.path != "/" {
            place.deleteLastPathComponent()
        }
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: place.path)
        return (facts?[.systemFreeSize] as? NSNumber)?.uint64Value
    }
}
