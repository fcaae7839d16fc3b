import Foundation
import Testing
import WarrenPrimitives
import WarrenScenario

@testable import WarrenCollector

struct FaultInboxTests {
    private let scratch: Scratch
    private var inbox: FaultInbox { FaultInbox(directory: scratch.file("faults")) }

    init() throws { scratch = try Scratch() }

    private func hand(_ name: String) -> HandFault {
        HandFault(
            name: name,
            fault: .init(at: .zero, for: .seconds(10), .cut("eu", "us", mode: .hang, oneWay: true))
        )
    }

    @Test func `what is asked for is taken on once, with its instant`() throws {
        #expect(inbox.accept(at: .at(0), besides: []).isEmpty)
        try inbox.ask(hand("a"))
        #expect(inbox.accepted.isEmpty)
        let taken = inbox.accept(at: .at(5), besides: [])
        var expected = hand("a")
        expected.acceptedAt = .at(5)
        #expect(taken == [expected])
        #expect(inbox.accept(at: .at(6), besides: []).isEmpty)
        #expect(inbox.accepted == [expected])
    }

    @Test func `a name is given once`() throws {
        try inbox.ask(hand("a"))
        #expect(throws: FaultInbox.Flaw.taken("a")) { try inbox.ask(hand("a")) }
        _ = inbox.accept(at: .at(5), besides: [])
        #expect(throws: FaultInbox.Flaw.taken("a")) { try inbox.ask(hand("a")) }
        // Of a name that the timetable has nothing comes.
        try inbox.ask(hand("b"))
        #expect(inbox.accept(at: .at(5), besides: ["b"]).isEmpty)
        #expect(inbox.accepted.map(\.name) == ["a"])
    }

    @Test func `what nobody took on yet can be taken back`() throws {
        try inbox.ask(hand("a"))
        #expect(inbox.withdraw("a"))
        #expect(inbox.accept(at: .at(5), besides: []).isEmpty)
        try inbox.ask(hand("a"))
        _ = inbox.accept(at: .at(5), besides: [])
        #expect(!inbox.withdraw("a"))
    }

    @Test func `an end is asked for as often as one likes, and remembered`() throws {
        try inbox.askToEnd("a")
        try inbox.askToEnd("a")
        #expect(inbox.ended.isEmpty)
        #expect(inbox.acceptEnds() == ["a"])
        #expect(inbox.acceptEnds().isEmpty)
        #expect(inbox.ended == ["a"])
    }

    @Test func `what is no fault is left out, and does not come again`() throws {
        try inbox.ask(hand("a"))
        for (name, text) in [
            ("b", "{"), ("c", "{}"), ("d", "[1.5]"), ("e", hand("f").document.json),
        ] {
            try text.write(
                toFile: scratch.file("faults/asked/\(name).json"),
                atomically: false,
                encoding: .utf8
            )
        }
        #expect(inbox.accept(at: .at(5), besides: []).map(\.name) == ["a"])
        let left = try FileManager.default.contentsOfDirectory(
            atPath: scratch.file("faults/asked")
        )
        #expect(left.isEmpty)
    }
}
