import Testing
import WarrenNIO

@Suite struct FilePresenceTests {
    @Test func `a file is read whole up to its limit, and refused one byte past it`() throws {
        let scratch = Scratch()
        for size in [1, 16_383, 16_384, 16_385, 100_000] {
            let text = String(repeating: "x", count: size)
            let path = try scratch.write(text, to: "file")
            #expect(try FilePresence.read(path, limit: size) == Array(text.utf8))
            #expect(throws: SystemFlaw.self) { try FilePresence.read(path, limit: size - 1) }
        }
    }

    @Test func `what is not there says so`() {
        let error = #expect(throws: SystemFlaw.self) {
            try FilePresence.read("/nowhere/at/all", limit: 10)
        }
        #expect(error?.text == "No such file or directory")
    }
}
