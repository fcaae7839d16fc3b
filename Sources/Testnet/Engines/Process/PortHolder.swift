import Foundation
package import WarrenPrimitives

/// Who listens where, as far as `/proc` tells.
package enum PortHolder {
    /// What is said of a socket that no process we may look into holds.
    package static let nobody = "a process of another user"

    /// The first of `addresses` at which something listens already, and who it is.
    package static func firstTaken(
        among addresses: [SocketAddress]
    ) -> (address: SocketAddress, holder: String)? {
        let listening = listeningSockets()
        for address in addresses {
            guard let inode = listening[key(address)] ?? listening[key(anyAddress(address))]
            else { continue }
            return (address, holder(of: inode))
        }
        return nil
    }

    private static func anyAddress(_ address: SocketAddress) -> SocketAddress {
        SocketAddress(ip: IPAddress(v4: 0), port: address.port)
    }

    /// As in `/proc/net/tcp`: the address in the machine's byte order, both in hex.
    private static func key(_ address: SocketAddress) -> String {
        let ip = (address.ip.v4 ?? 0).byteSwapped
        return String(format: "%08X:%04X", ip, address.port)
    }

    private static func listeningSockets() -> [String: String] {
        guard let table = try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8) else {
            return [:]
        }
        var found: [String: String] = [:]
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            // Field 3 is the state, and 0A is LISTEN; field 9 is the socket's inode.
            guard fields.count > 9, fields[3] == "0A" else { continue }
            found[String(fields[1])] = String(fields[9])
        }
        return found
    }

    /// As `warren-node (process 4711) of the run testnets/out/starter/…`.
    private static func holder(of inode: String) -> String {
        let files = FileManager.default
        let link = "socket:[\(inode)]"
        for process in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard Int32(process) != nil else { continue }
            let directory = "/proc/\(process)/fd"
            for name in (try? files.contentsOfDirectory(atPath: directory)) ?? [] {
                let target = try? files.destinationOfSymbolicLink(atPath: "\(directory)/\(name)")
                if target == link { return description(of: process) }
            }
        }
        return nobody
    }

    private static func description(of process: String) -> String {
        let comm = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)
        let label = comm?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "a process"
        let line = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
        let words = line?.split(separator: "\0") ?? []
        // Our own nodes are told where their files are: …/RUN/nodes/NAME/config.json.
        guard let flag = words.firstIndex(of: "--config"), flag + 1 < words.count,
            let end = words[flag + 1].range(of: "/nodes/", options: .backwards)
        else { return "\(label) (process \(process))" }
        return "\(label) (process \(process)) of the run \(words[flag + 1][..<end.lowerBound])"
    }
}
