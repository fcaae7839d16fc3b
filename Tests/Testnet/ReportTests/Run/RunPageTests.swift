import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

/// Whether text is well-formed as XML, as far as our pages use it: every element is closed in turn,
/// values are quoted, and what looks like a reference is one.
private struct Wellformedness {
    private(set) var elements: [String: Int] = [:]
    private(set) var complaint: String?

    init(_ text: String) {
        var open: [String] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            check(rest[..<start], in: open.last)
            guard let end = rest[start...].firstIndex(of: ">") else {
                complaint = "an open '<'"
                return
            }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("!") || tag.hasPrefix("?") { continue }
            if tag.hasPrefix("/") {
                guard open.popLast() == String(tag.dropFirst()) else {
                    complaint = "\(tag) closes another"
                    return
                }
                continue
            }
            let isEmpty = tag.hasSuffix("/")
            let words = isEmpty ? tag.dropLast() : tag
            let name = String(words.prefix { $0 != " " })
            elements[name, default: 0] += 1
            if !attributesAreFine(words.dropFirst(name.count)) { complaint = "attributes: \(tag)" }
            if !isEmpty { open.append(name) }
        }
        if !open.isEmpty { complaint = "never closed: \(open)" }
    }

    private mutating func check(_ text: Substring, in element: String?) {
        var text = text
        while let start = text.firstIndex(of: "&") {
            let name = text[start...].prefix { $0 != ";" }
            if !["&amp", "&lt", "&gt", "&quot", "&#39"].contains(String(name)) {
                complaint = "a reference \(name) in \(element ?? "")"
            }
            text = text[text.index(after: start)...]
        }
    }

    private mutating func attributesAreFine(_ text: Substring) -> Bool {
        var rest = text
        var names: Set<String> = []
        while rest.first == " " {
            rest = rest.dropFirst()
            let name = String(rest.prefix { $0 != "=" })
            rest = rest.dropFirst(name.count)
            guard rest.hasPrefix("=\""), names.insert(name).inserted else { return false }
            let value = rest.dropFirst(2).prefix { $0 != "\"" }
            check(value, in: name)
            rest = rest.dropFirst(2 + value.count)
            guard rest.first == "\"" else { return false }
            rest = rest.dropFirst()
        }
        return rest.isEmpty
    }
}

struct RunPageTests {
    /// A name that is markup, ends values, and steers.
    private static let nasty = "<b onload=\"x\">&amp;'\u{202E}\u{7}"

    @Test func `is well-formed, and needs nothing from outside`() throws {
        for story in [try RunStory.small(), try .large(60), try .large(300)] {
            let page = RunPage(try story.report()).text
            let form = Wellformedness(page)
            #expect(form.complaint == nil)
            #expect(form.elements["svg"] == 4 && form.elements["script"] == nil)
            for outside in ["src=", "href=", "@import", "url(", "http://", "https://"] {
                let count = page.components(separatedBy: outside).count - 1
                // The one address is the name of the language, which nobody loads.
                #expect(count == (outside == "http://" ? 1 : 0), "\(outside)")
            }
        }
    }

    @Test func `the checker finds what is wrong`() {
        for wrong in ["<a>", "<a></b>", "<a b=c/>", "<a b=\"1\" b=\"2\"/>", "<a>&x;</a>", "<a"] {
            #expect(Wellformedness(wrong).complaint != nil, "\(wrong)")
        }
        #expect(Wellformedness("<a b=\"&lt;\">&amp;<c/></a>").complaint == nil)
    }

    @Test func `names of nodes are text wherever they stand`() throws {
        var story = try RunStory.small(producer: Self.nasty)
        story.fault(Self.nasty, from: 100, to: 200)
        let verdict = VerdictRow(try Expectation("every relay is up"), .unknown(Self.nasty))
        let report = try story.report(verdicts: [verdict])
        let picture = try #require(SpreadPicture(report)).standalone
        #expect(!picture.contains("var("), "not every viewer knows variables")
        for text in [RunPage(report).text, picture] {
            #expect(Wellformedness(text).complaint == nil)
            #expect(!text.contains("<b ") && !text.contains("\u{202E}") && !text.contains("\u{7}"))
            #expect(text.contains("&lt;b onload=&quot;x&quot;&gt;&amp;amp;&#39;"))
        }
        for line in report.lines() {
            #expect(!line.contains("\u{202E}") && !line.contains("\u{7}"))
        }
    }

    @Test func `is the same for the same run`() throws {
        let one = try RunStory.large(150).report()
        let other = try RunStory.large(150).report()
        #expect(RunPage(one).text == RunPage(other).text)
        #expect(SpreadPicture(one)?.standalone == SpreadPicture(other)?.standalone)
        #expect(one.lines() == other.lines())
    }

    @Test func `stays small for a thousand nodes`() throws {
        let report = try RunStory.large(1000).report()
        let page = RunPage(report).text
        #expect(page.utf8.count < 600_000)
        #expect(try #require(SpreadPicture(report)).standalone.utf8.count < 400_000)
        #expect(Wellformedness(page).complaint == nil)
    }

    @Test func `a picture stands alone and shows every node that the block came to`() throws {
        let picture = try #require(SpreadPicture(try RunStory.large(60).report())).standalone
        let form = Wellformedness(picture)
        #expect(form.complaint == nil && form.elements["svg"] == 1)
        #expect(picture.hasPrefix("<?xml") && picture.contains("http://www.w3.org/2000/svg"))
        // Each with its own title, and one for the picture.
        #expect(form.elements["title"] == 61)
        #expect(picture.contains("node-59 · "))
    }
}
