import Foundation
import Testing

@testable import WarrenEngines

/// Processes that outlive us, and the marks by which they are found.
struct ProcessTests {
    private let directory = FileManager.default.temporaryDirectory
        .appending(path: "engines-\(UUID().uuidString)").path(percentEncoded: false)

    init() throws { try Disk.makeDirectory(directory) }

    @Test func `a process is found by its mark, in a session of its own, and ended`() async throws {
        let process = try DetachedProcess.spawn(
            "/bin/sleep",
            ["600"],
            log: "\(directory)/log"
        )
        try process.mark("\(directory)/mark.json")
        let found = try #require(DetachedProcess(markedAt: "\(directory)/mark.json"))
        #expect(found == process && found.isAlive)
        #expect(getsid(process.processID) == process.processID)
        process.signal(SIGTERM)
        await ProcessEngine.ended([process], within: .seconds(5))
        #expect(!found.isAlive)
        #expect(!found.signal(SIGTERM))
    }

    @Test func `a process with a used id but another start is never taken for it`() throws {
        let own = try #require(DetachedProcess(processID: getpid()))
        #expect(own.isAlive)
        var other = own
        other.startTicks += 1
        #expect(!other.isAlive)
        #expect(!other.signal(0))
    }

    @Test func `a detached process holds none of our files open`() async throws {
        let pipe = Pipe()
        let process = try DetachedProcess.spawn("/bin/sleep", ["600"], log: "\(directory)/log")
        defer { process.signal(SIGKILL) }
        try pipe.fileHandleForWriting.close()
        // The end of the file comes only if nobody else has the pipe.
        #expect(try pipe.fileHandleForReading.readToEnd() == nil)
        #expect(process.isAlive)
    }

    @Test func `a program that is not there is said to be so`() {
        #expect(throws: DetachedProcess.SpawnError.self) {
            try DetachedProcess.spawn("/no/such/program", [], log: "\(directory)/log")
        }
    }

    @Test func `what a process prints is appended to its log`() async throws {
        for word in ["one", "two"] {
            let process = try? DetachedProcess.spawn(
                "/bin/echo",
                [word],
                log: "\(directory)/log"
            )
            if let process { await ProcessEngine.ended([process], within: .seconds(5)) }
        }
        let lines = LogFile.lastLines(5, of: "\(directory)/log")
        #expect(lines.contains("one") || lines.contains("two"))
    }

    @Test func `only one process holds a sole mark`() throws {
        let path = "\(directory)/sole"
        do {
            let mark = try SoleMark(path)
            guard let mark else {
                Issue.record("nobody holds it")
                return
            }
            mark.sign()
            let second = try SoleMark(path)
            let isRefused = second == nil
            #expect(isRefused)
            #expect(DetachedProcess(markedAt: path)?.processID == getpid())
        }
        let third = try SoleMark(path)
        let isFree = third != nil
        #expect(isFree)
    }
}
