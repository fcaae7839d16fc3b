import Glibc
import WarrenPrimitives

/// A DNS server on loopback: dnsmasq, with records of the test's choice and nothing else.
///
/// It cannot outlive the tests, however they end: a shell holds it that waits for the end of its
/// input, which is the end of a pipe that only this process writes to.
final class NameServer {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// How long it may take to start, and to end, in milliseconds; some tens are usual.
    private static let patience: Int32 = 20_000
    private static let glance: Int32 = 2

    let address: SocketAddress
    /// The shell, and our end of the pipe that keeps it.
    private var child: (pid: pid_t, lifeline: Int32)?

    /// Starts it, at an address of its own unless told; it answers when this returns.
    ///
    /// `records` are options of dnsmasq; the domain `warren.test` is known to it in full.
    init(_ records: [String], at wanted: SocketAddress? = nil) throws {
        let address = wanted ?? Self.drawAddress()
        self.address = address
        let places = ["/usr/sbin/dnsmasq", "/usr/bin/dnsmasq", "/usr/local/sbin/dnsmasq"]
        guard let path = places.first(where: { unsafe access($0, X_OK) == 0 }) else {
            throw Missing(
                description: "there is no dnsmasq: install it with: "
                    + "sudo apt-get install --yes dnsmasq-base"
            )
        }
        let errors = try Self.start(
            [
                path, "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                "--no-poll", "--bind-interfaces", "--listen-address=\(address.ip)",
                "--port=\(address.port)", "--local=/warren.test/", "--cache-size=0", "--pid-file=",
            ] + records
        ) { child = $0 }
        defer { close(errors) }
        let said = Self.hear(errors)
        guard said.contains(Self.started) else {
            stop()
            throw Missing(description: "dnsmasq did not start at \(address): \(said)")
        }
    }

    /// Ends it; nobody listens at its address when this returns.
    func stop() {
        guard let (pid, lifeline) = child else { return }
        child = nil
        // Another process that was started in the wrong moment may have the pipe too.
        var line: UInt8 = 10
        _ = unsafe write(lifeline, &line, 1)
        close(lifeline)
        // Looked at every so often: a wait without end might be one.
        var status: Int32 = 0
        for _ in 0..<(Self.patience / Self.glance) {
            let found = unsafe waitpid(pid, &status, WNOHANG)
            if found == pid || found == -1 && errno != EINTR { return }
            _ = poll(nil, 0, Self.glance)
        }
        kill(pid, SIGKILL)
        _ = unsafe waitpid(pid, &status, 0)
    }

    deinit { stop() }

    /// All of 127/8 is ours; ports below those that the system hands out.
    private static func drawAddress() -> SocketAddress {
        let ip = IPAddress(v4: 0x7F4D_0000 + UInt32.random(in: 1...65_534))
        return SocketAddress(ip: ip, port: .random(in: 20_000..<30_000))
    }

    // MARK: - The process

    private static let started = "started, version"
    /// Ends its first argument's process with its own input, and waits for its end.
    private static let keeper =
        "\"$@\" </dev/null & exec 2>/dev/null; read -r _; kill -KILL $!; wait $!"

    /// Starts a command behind its shell, with nothing of ours open; what it complains into.
    private static func start(
        _ command: [String],
        _ keep: ((pid: pid_t, lifeline: Int32)) -> Void
    ) throws -> Int32 {
        var (input, errors): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        guard unsafe pipe(&input) == 0, unsafe pipe(&errors) == 0 else {
            throw Missing(description: "no pipe for dnsmasq: \(errno)")
        }
        for end in input + errors { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors[1], 2)
        // What is not open is no error; dnsmasq closes all the rest itself.
        for file in Int32(3)..<4096 { unsafe posix_spawn_file_actions_addclose(&actions, file) }
        // Threads of a pool block signals, and a shell waits for that of its child's end.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        unsafe sigemptyset(&noSignals)
        unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = unsafe (["/bin/sh", "-c", keeper, "sh"] + command).map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var pid: pid_t = 0
        let status = unsafe posix_spawn(&pid, "/bin/sh", &actions, &attributes, &words, nil)
        close(input[0])
        close(errors[1])
        guard status == 0 else {
            close(input[1])
            close(errors[0])
            throw Missing(description: "/bin/sh does not start: \(status)")
        }
        keep((pid, input[1]))
        return errors[0]
    }

    /// What it says until it has started, has ended or has taken too long.
    private static func hear(_ file: Int32) -> String {
        var said = ""
        var entry = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 4096)
        while !said.contains(started) {
            guard unsafe poll(&entry, 1, patience) > 0 else { return said + "(and was silent)" }
            let count = unsafe read(file, &bytes, bytes.count)
            guard count > 0 else { break }
            said += String(decoding: bytes.prefix(count), as: UTF8.self)
        }
        return said
    }
}
