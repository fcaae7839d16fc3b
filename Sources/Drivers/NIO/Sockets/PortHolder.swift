import Foundation
import Glibc
import WarrenPrimitives

/// Who listens on a port of this machine, as far as Linux lets us see.
package enum PortHolder {
    /// As `process 1234 (warren-node)`; nil when it cannot be known.
    package static func find(_ address: HostPort) -> String? {
        let links = sockets().links(inTheWayOf: address)
        guard !links.isEmpty,
            let processes = try? FileManager.default.contentsOfDirectory(atPath: "/proc")
        else { return nil }
        for process in processes where process.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            let folder = "/proc/\(process)/fd"
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for file in files {
                let path = "\(folder)/\(file)"
                guard
                    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path),
                    links.contains(target)
                else { continue }
                let name = (try? FilePresence.read("/proc/\(process)/comm", limit: 64)) ?? []
                let text = String(decoding: name.filter { $0 > 0x20 }, as: UTF8.self)
                return "process \(process)" + (text.isEmpty ? "" : " (\(text))")
            }
        }
        return nil
    }

    private static func sockets() -> ListeningSockets {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { path in
            try? FilePresence.read(path, limit: tableLimit)
        }
        return ListeningSockets(tables: tables.map { String(decoding: $0, as: UTF8.self) })
    }

    /// Bytes read of each table: some 25,000 sockets.
    private static let tableLimit = 4 << 20
}
