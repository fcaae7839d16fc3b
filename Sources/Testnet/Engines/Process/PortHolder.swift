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
        let listening = ListeningSockets.now
        for address in addresses {
            if let link = listening.links(inTheWayOf: address).first {
                return (address, holder(of: link))
            }
            // The table may miss a socket while others come and go; the system never does.
            if isTaken(address) {
                let link = ListeningSockets.now.links(inTheWayOf: address).first
                return (address, link.map(holder) ?? nobody)
            }
        }
        return nil
    }

    /// Whether the system refuses the address to one more listener.
    private static func isTaken(_ address: SocketAddress) -> Bool {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo("\(address.ip)", "\(address.port)", &hints, &first) == 0,
            let entry = unsafe first
        else { return false }
        defer { unsafe freeaddrinfo(first) }
        let file = unsafe socket(entry.pointee.ai_family, entry.pointee.ai_socktype, 0)
        guard file >= 0 else { return false }
        defer { close(file) }
        // As the node does: what only lingers is no hindrance.
        var isReused: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &isReused, size)
        let code = unsafe bind(file, entry.pointee.ai_addr, entry.pointee.ai_addrlen)
        return code != 0 && errno == EADDRINUSE
    }

    /// As `warren-node (process 4711) of the run testnets/out/starter/…`.
    private static func holder(of link: String) -> String {
        let files = FileManager.default
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

extension ListeningSockets {
    fileprivate static var now: ListeningSockets {
        ListeningSockets(tables: ["/proc/net/tcp", "/proc/net/tcp6"].compactMap(text))
    }

    /// Bytes of a table that are read: some 100,000 sockets.
    private static let tableLimit = 16 << 20

    /// All of a table: the kernel gives it in pieces that end with a line, and Foundation takes the
    /// first piece that is shorter than it asked for to be the last.
    private static func text(of path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while text.count < tableLimit {
            let count = unsafe piece.withUnsafeMutableBytes { bytes in
                unsafe read(file, bytes.baseAddress, bytes.count)
            }
            guard count > 0 else { break }
            text += piece[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
