import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

struct RunReportTests {
    @Test func `says of a small run all that there is to say`() throws {
        let lines = try RunStory.small().report().lines()
        let hash = RunStory.block(2).hash.short
        #expect(
            lines == [
                "  4 nodes: 2 relays, 1 block-producer, 1 seed · 10 s from t = 0",
                "",
                "  chain     height 3 · 18.0 blocks a minute",
                "  forks     0 blocks lost to forks · 0 rollbacks · no equivocation",
                "  received  1 header and 0 bodies more than needed · 1.00 bytes of bodies for one adopted",
                "",
                "  PROPAGATION  FROM … TO        OF  PAIRS  MISSING    P50     P90     P95     P99     MAX",
                "  blocks       made to adopted   3      6        0  50 ms  120 ms  120 ms  120 ms  120 ms",
                "",
                "  HOPS  ADOPTIONS   SHARE",
                "     1          3  50.0 %",
                "     2          3  50.0 %",
                "",
                "  block 2 (\(hash)) of slot 4 by producer-1: 640 bytes, 0 transactions",
                "  the median by its last adoption, of the blocks that came to everybody",
                "",
                "  NODE           ADOPTED   STEP  HOPS  HEADERS  BODIES",
                "  producer-1      0.0 ms      –     0        0       0",
                "  └─ relay-1       40 ms  40 ms     1        2       1",
                "     └─ relay-2   110 ms  70 ms     2        1       1",
            ]
        )
    }

    @Test func `names a block by its height or by digits of its hash`() throws {
        let story = try RunStory.small()
        let block = RunStory.block(3)
        for words in ["3", block.hash.short, block.hash.description.uppercased()] {
            let report = try story.report(block: words)
            #expect(report.spread?.block == block && report.choice == .asked)
        }
        #expect(try story.report().spread?.block == RunStory.block(2))
        #expect(try story.report().choice == .median)
        for words in ["9", "abc", "", "-1", "zzzz"] {
            #expect(throws: RunReport.UnknownBlock.self, "\(words)") {
                _ = try story.report(block: words)
            }
        }
        let unknown = #expect(throws: RunReport.UnknownBlock.self) {
            _ = try story.report(block: "9")
        }
        #expect(unknown?.description.hasSuffix("blocks 1 to 3 are known") == true)
    }

    @Test func `says of a large block only its hops and its slowest way`() throws {
        let small = try RunStory.large(SpreadText.limit).report()
        #expect(try text(small).contains { $0.contains("├─ node-99") || $0.contains("└─ node-99") })
        let lines = try text(try RunStory.large(SpreadText.limit + 1).report())
        #expect(lines.contains("  the way to the node that it came to last:"))
        #expect(lines.count < 20)
    }

    private func text(_ report: RunReport) throws -> [String] {
        SpreadText(try #require(report.spread), name: report.name).lines()
    }

    @Test func `has the same figures as JSON`() throws {
        let row = try RunStory.small().report().row
        #expect(row.chain.height == 3 && row.chain.made == 3 && row.chain.lostToForks == 0)
        #expect(row.blocks.pairs == 6 && row.blocks.p50Nanoseconds == 50_000_000)
        #expect(row.blocks.maxNanoseconds == 120_000_000)
        #expect(row.cost.bytesPerUsefulByte == 1 && row.cost.duplicateAnnouncements == 1)
        #expect(row.spread?.stops.map(\.node) == ["producer-1", "relay-1", "relay-2"])
        let text = try JSONEncoder().encode(row)
        #expect(try JSONDecoder().decode(RunReportRow.self, from: text) == row)
    }

    @Test func `says so where there is no chain`() throws {
        let report = try RunStory(Fixture().manifest).report()
        #expect(report.lines().contains("  chain  no block was made"))
        #expect(report.row.spread == nil && SpreadPicture(report) == nil)
        #expect(!RunPage(report).text.contains("The way of one block"))
    }

    @Test(arguments: [
        (0, "0.0 ms"), (9_999_999, "9.9 ms"), (10_000_000, "10 ms"), (999_999_999, "999 ms"),
        (1_000_000_000, "1.00 s"), (61_230_000_000, "61.23 s"), (-5, "0.0 ms"),
    ])
    func `spells delays`(nanoseconds: Int64, words: String) {
        #expect(DelayText.words(.nanoseconds(nanoseconds)) == words)
    }
}
