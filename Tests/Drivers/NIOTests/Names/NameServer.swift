import Foundation
import WarrenPrimitives

/// A DNS server on loopback: dnsmasq, with records of the test's choice and nothing else.
final class NameServer {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    let address: SocketAddress
    private let errors = Pipe()
    private var child: pid_t?

    /// Starts it, at an address of its own unless told; it answers when this returns.
    ///
    /// `records` are options of dnsmasq; the domain `warren.test` is known to it in full. Foundation's
    /// `Process` takes it for dead once it closes what it inherited, so it is started without.
    init(_ records: [String], at wanted: SocketAddress? = nil) throws {
        let address = wanted ?? Self.drawAddress()
        self.address = address
        let places = ["/usr/sbin/dnsmasq", "/usr/bin/dnsmasq", "/usr/local/sbin/dnsmasq"]
        guard let path = places.first(where: FileManager.default.isExecutableFile) else {
            throw Missing(
                description: "there is no dnsmasq: install it with: "
                    + "sudo apt-get install --yes dnsmasq-base"
            )
        }
        let arguments =
            [
                path, "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                "--no-poll", "--bind-interfaces", "--listen-address=\(address.ip)",
                "--port=\(address.port)", "--local=/warren.test/", "--cache-size=0", "--pid-file=",
            ] + records
        child = try spawn(path, arguments)
        var said = ""
        while !said.contains("started, version") {
            let bytes = errors.fileHandleForReading.availableData
            guard !bytes.isEmpty else {
                throw Missing(description: "dnsmasq did not start: \(said)")
            }
            said += String(decoding: bytes, as: UTF8.self)
        }
    }

    private func spawn(_ path: String, _ arguments: [String]) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        let end = errors.fileHandleForWriting
        unsafe posix_spawn_file_actions_adddup2(&actions, end.fileDescriptor, 2)
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var pid: pid_t = 0
        let status = unsafe posix_spawn(&pid, path, &actions, nil, &words, nil)
        try end.close()
        guard status == 0 else { throw Missing(description: "dnsmasq does not start: \(status)") }
        return pid
    }

    /// Ends it; nobody listens at its address when this returns.
    func stop() {
        guard let child else { return }
        self.child = nil
        kill(child, SIGKILL)
        var status: Int32 = 0
        _ = unsafe waitpid(child, &status, 0)
    }

    deinit { stop() }

    /// All of 127/8 is ours; ports below those that the system hands out.
    private static func drawAddress() -> SocketAddress {
        let ip = IPAddress(v4: 0x7F4D_0000 + UInt32.random(in: 1...65_534))
        return SocketAddress(ip: ip, port: .random(in: 20_000..<30_000))
    }
}
