import ArgumentParser
import Foundation
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenReport

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that this machine has what a network needs, and say what to do.",
        discussion: "Example:\n  warren doctor"
    )

    @OptionGroup var shelf: ShelfOptions
    @OptionGroup var output: OutputOptions

    private struct Check: Encodable {
        var what: String
        /// `ok`, `missing` (something cannot work) or `absent` (something optional cannot).
        var state: String
        var note: String
    }

    func run() async throws {
        var checks = [program(), loopback(), descriptors(), directory()]
        checks += await containers()
        let running = await shelf.shelf.running()
        checks.append(
            Check(
                what: "networks",
                state: "ok",
                note: running.isEmpty
                    ? "none runs" : running.map(\.directory.path).joined(separator: ", ")
            )
        )
        for check in checks {
            let colour: Paint.Colour =
                switch check.state {
                case "ok": .green
                case "missing": .red
                default: .yellow
                }
            output.text(
                "  " + output.paint(colour, check.state.padded(to: 8)) + " "
                    + check.what.padded(to: 14) + check.note
            )
        }
        try output.json(checks)
        if checks.contains(where: { $0.state == "missing" }) { throw ExitCode(Exit.lost) }
    }

    /// The node starts only if the system's libraries are there, so that is asked of it.
    private func program() -> Check {
        let path = Programs.node
        guard FileManager.default.isExecutableFile(atPath: path) else {
            return Check(
                what: "warren-node",
                state: "missing",
                note: "not at \(path): `make build` makes it, or WARREN_NODE names it"
            )
        }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = ["--version"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        do {
            try process.run()
        } catch {
            return Check(what: "warren-node", state: "missing", note: "\(path): \(error)")
        }
        let bytes = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        let said = String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard process.terminationStatus == 0 else {
            return Check(
                what: "warren-node",
                state: "missing",
                note:
                    "\(path) does not start: \(said): `make packages` installs its libraries"
            )
        }
        let isSame = said == "warren-node \(Version.text)"
        return Check(
            what: "warren-node",
            state: isSame ? "ok" : "absent",
            note: isSame ? path : "\(path) is '\(said)', this is \(Version.text): `make build`"
        )
    }

    /// Each node has a loopback address of its own, which Linux grants without asking.
    private func loopback() -> Check {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F02_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(file, address, size)
            }
        }
        return code == 0
            ? Check(what: "loopback", state: "ok", note: "all of 127.0.0.0/8 can be bound")
            : Check(
                what: "loopback",
                state: "missing",
                note: "127.2.0.1 cannot be bound: `ip addr add 127.0.0.1/8 dev lo`"
            )
    }

    private func descriptors() -> Check {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let isEnough = limit.rlim_cur >= 1024
        return Check(
            what: "open files",
            state: isEnough ? "ok" : "absent",
            note: isEnough
                ? "\(limit.rlim_cur) a process"
                : "\(limit.rlim_cur) a process is little for large networks: `ulimit -n 4096`"
        )
    }

    private func directory() -> Check {
        let root = shelf.shelf.root
        do throws(EngineFailure) {
            try Disk.makeDirectory(root)
        } catch {
            return Check(what: "runs", state: "missing", note: "\(error)")
        }
        return unsafe access(root, W_OK) == 0
            ? Check(what: "runs", state: "ok", note: root)
            : Check(what: "runs", state: "missing", note: "\(root) cannot be written: see --out")
    }

    /// Docker, and what containers need besides: each says what to do if it is not there.
    private func containers() async -> [Check] {
        let checks: [(String, () async throws(EngineFailure) -> String)] = [
            ("docker", DockerCheck.daemon), ("image", DockerCheck.image),
            ("compose", ComposeEngine.check), ("swarm", SwarmEngine.check),
        ]
        var found: [Check] = []
        for (what, check) in checks {
            do throws(EngineFailure) {
                found.append(Check(what: what, state: "ok", note: try await check()))
            } catch {
                found.append(Check(what: what, state: "absent", note: "\(error)"))
                // Without Docker there is nothing else to say.
                if what == "docker" { break }
            }
        }
        return found
    }
}
