import Foundation
import WarrenPrimitives

/// A DNS server on loopback: dnsmasq, with records of the test's choice and nothing else.
final class NameServer {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    let address: SocketAddress
    private let process = Process()
    private let errors = Pipe()

    /// Starts it, at an address of its own unless told; it answers when this returns.
    ///
    /// `records` are options of dnsmasq; the domain `warren.test` is known to it in full.
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
        process.executableURL = URL(filePath: path)
        process.arguments =
            [
                "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-poll",
                "--bind-interfaces", "--listen-address=\(address.ip)", "--port=\(address.port)",
                "--local=/warren.test/", "--cache-size=0", "--pid-file=",
            ] + records
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var said = ""
        while !said.contains("started, version") {
            let bytes = errors.fileHandleForReading.availableData
            guard !bytes.isEmpty else {
                throw Missing(description: "dnsmasq did not start: \(said)")
            }
            said += String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Ends it; nobody listens at its address when this returns.
    func stop() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        // Foundation learns of an end when the last child begun meanwhile has ended too, and then
        // reaps it; the kernel knows at once.
        var found = siginfo_t()
        _ = unsafe waitid(P_PID, id_t(process.processIdentifier), &found, WEXITED | WNOWAIT)
    }

    deinit { stop() }

    /// All of 127/8 is ours; ports below those that the system hands out.
    private static func drawAddress() -> SocketAddress {
        let ip = IPAddress(v4: 0x7F4D_0000 + UInt32.random(in: 1...65_534))
        return SocketAddress(ip: ip, port: .random(in: 20_000..<30_000))
    }
}
