import Testing
import WarrenNode
import WarrenPrimitives
import WarrenSupport

/// `Links` of `config.json`.
struct LinksFileTests {
    private func read(_ links: Document) throws(DocumentErrors) -> NodeConfiguration {
        try NodeConfiguration.read(["Links": links], file: "config.json").configuration
    }

    private func complaints(_ links: Document) -> String {
        do throws(DocumentErrors) {
            _ = try read(links)
            return ""
        } catch {
            return error.description
        }
    }

    @Test func `links say what they are said to say, and are written as they were read`() throws {
        let configuration = try read([
            ["peers": ["127.2.0.0/16", "10.0.0.1"], "rtt": "90ms", "loss": "0.1%"],
            [
                "peers": ["127.3.0.1"], "jitter": Document(.decimal("0.008")),
                "bandwidth": 8_000_000,
            ],
        ])
        #expect(
            configuration.links.map(\.quality) == [
                LinkQuality(roundTrip: .milliseconds(90), lossMillionths: 1000),
                LinkQuality(jitter: .milliseconds(8), bandwidth: 8_000_000),
            ]
        )
        #expect(configuration.links.map(\.peers.all.count) == [2, 1])
        let again = try NodeConfiguration.read(configuration.document, file: "config.json")
        #expect(again.configuration == configuration)
        #expect(try read([]) == NodeConfiguration())
        #expect(try read([:]) == NodeConfiguration())
    }

    @Test func `what is wrong with a link is said`() {
        #expect(complaints([["rtt": "1s"]]).contains("a link has no 'peers'"))
        #expect(complaints([["peers": ["127.2.0.1"], "rtt": "61s"]]).contains("from 0s to 1m"))
        // A node that starts cut off would find nobody to be cut off from.
        let cut = complaints([["peers": ["127.2.0.1"], "cut": "hang"]])
        #expect(cut.contains("unknown key 'cut'"))
    }

    @Test func `there are 256 links, and not one more`() throws {
        func links(_ count: Int) -> Document {
            .list((0..<count).map { ["peers": ["127.2.0.1"], "rtt": .number($0 % 60 + 1)] })
        }
        #expect(try read(links(LinkRules.baselineLimit)).links.count == 256)
        #expect(complaints(links(LinkRules.baselineLimit + 1)).contains("at most 256"))
    }
}
