import Testing
import WarrenCollector

struct LineSplitterTests {
    private func pieces(_ texts: [[UInt8]], limit: Int = 8) -> [LineSplitter.Piece] {
        var splitter = LineSplitter(limit: limit)
        var pieces: [LineSplitter.Piece] = []
        for text in texts { splitter.take(text, into: &pieces) }
        return pieces
    }

    @Test func `cuts the same lines wherever the bytes are split`() {
        let bytes = Array("one\n\ntwo\nthree".utf8) + [UInt8(ascii: "\n")]
        let whole = pieces([bytes])
        #expect(whole == ["one", "two", "three"].map { .line(Array($0.utf8)) })
        for cut in bytes.indices {
            #expect(pieces([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
        }
    }

    @Test func `takes a line as long as the limit, and skips one that is longer`() {
        #expect(pieces([Array("12345678\n".utf8)]) == [.line(Array("12345678".utf8))])
        #expect(
            pieces([Array("123456789\nnext\n".utf8)]) == [.tooLong, .line(Array("next".utf8))]
        )
    }

    @Test func `says once that a line is too long, however long it gets`() {
        let flood = [[UInt8]](repeating: Array(repeating: 120, count: 100), count: 50)
        #expect(pieces(flood) == [.tooLong])
    }

    @Test func `keeps the beginning of a line for later`() {
        var splitter = LineSplitter()
        var pieces: [LineSplitter.Piece] = []
        splitter.take(Array("half".utf8), into: &pieces)
        #expect(pieces.isEmpty)
        #expect(splitter.isInLine)
        splitter.take(Array(" a line\n".utf8), into: &pieces)
        #expect(pieces == [.line(Array("half a line".utf8))])
        #expect(!splitter.isInLine)
    }
}
