import Foundation
import Testing
import WarrenEngines

struct FullDiskTests {
    private let place = FileManager.default.temporaryDirectory.path

    @Test func `who says that a disk is full is told where to look`() throws {
        let said = "relay-1 ended; /var/lib/warren/warren.sqlite: the disk is full"
        let advice = try #require(FullDisk.advice(on: place, after: said))
        #expect(advice.contains("df -h") && advice.contains("docker system df"))
        let other = "cannot write /x/y: No space left on device"
        #expect(FullDisk.advice(on: place, after: other) != nil)
    }

    @Test func `nothing is said of disks where something else went wrong`() {
        #expect(FullDisk.advice(on: place, after: "relay-1 was not healthy within 15 s") == nil)
        // Docker's own trouble comes with advice.
        let trouble = "Docker's disk is full: `docker system df` shows what fills it"
        #expect(FullDisk.advice(on: place, after: trouble) == nil)
    }

    @Test func `a disk without room is named whatever was said, also by a path that is yet to be`()
        throws
    {
        // Of no size, and always there.
        let advice = try #require(FullDisk.advice(on: "/proc/nothing/here", after: "it ended"))
        #expect(advice.contains("/proc/nothing/here is full") && advice.contains("--out"))
    }
}
