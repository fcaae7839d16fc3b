import Foundation
import Glibc
import WarrenPrimitives

/// Who listens on a port of this machine, as far as Linux lets us see.
package enum PortHolder {
    /// As `process 1234 (warren-node)`; nil when it cannot be known.
    package static func find(_ address: HostPort) -> String? {
        let inodes = listeners(on: address)
        guard !inodes.isEmpty,
            let processes = try? FileManager.default.contentsOfDirectory(atPath: "/proc")
        else { return nil }
        for process in processes where process.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            let folder = "/proc/\(process)/fd"
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for file in files {
                let path = "\(folder)/\(file)"
                guard
                    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path),
                    inodes.contains(target)
                else { continue }
                let name = (try? FilePresence.read("/proc/\(process)/comm", limit: 64)) ?? []
                let text = String(decoding: name.filter { $0 > 0x20 }, as: UTF8.self)
                return "process \(process)" + (text.isEmpty ? "" : " (\(text))")
            }
        }
        return nil
    }

    /// The sockets, as their links read, that hold this address or all of the machine's.
    private static func listeners(on address: HostPort) -> Set<String> {
        var inodes: Set<String> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            guard let bytes = try? FilePresence.read(table, limit: 4 << 20) else { continue }
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                // 0A is LISTEN.
                guard fields.count > 9, fields[3] == "0A" else { continue }
                let local = fields[1].split(separator: ":")
                guard local.count == 2, UInt16(local[1], radix: 16) == address.port else {
                    continue
                }
                let isEverywhere = local[0].allSatisfy { $0 == "0" }
                if isEverywhere || address.ip.isUnspecified || local[0].hasSuffix(hex(address.ip)) {
                    inodes.insert("socket:[\(fields[9])]")
                }
            }
        }
        return inodes
    }

    /// As Linux prints it there: words of 32 bits in the machine's order; IPv6 by its last word.
    private static func hex(_ ip: IPAddress) -> String {
        let word = UInt32(truncatingIfNeeded: ip.low)
        return Hex.text(word.littleEndianBytes).uppercased()
    }
}
