import Testing
import WarrenChain
import WarrenGossip
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// Hot peers that break a rule of the chain: each ends for its own reason, and nothing is adopted.
struct NodeLiarTests {
    @Test func `a header that breaks a rule ends the peer`() throws {
        try expect(.wrongLeader) { $0.show($0.header(by: World.key)) }
        try expect(.futureSlot) { $0.show($0.header(slot: 1_004)) }
        try expect(.badHeader) { $0.show($0.header(height: 2)) }
        let long = [UInt8](repeating: 0, count: 90_113)
        try expect(.badHeader) { $0.show($0.header(body: long)) }
        try expect(.badBlockSignature) { guest in
            var encoding = guest.header().encoding
            encoding[encoding.count - 1] ^= 1
            let message = ChainMessage.rollForward(encodings: [encoding], tip: .origin)
            guest.say(message, on: GossipChannel.chain)
        }
    }

    @Test func `a body that is another, or breaks a rule, ends the peer`() throws {
        try expect(.bodyMismatch) { $0.give([1, 2, 3], for: $0.header(body: [1, 2, 4])) }
        try expect(.bodyTooLarge) { $0.give([1, 2, 3, 4], for: $0.header(body: [1, 2, 3])) }
        try expect(.badMessage) { $0.give([0xFF, 1], for: $0.header(body: [0xFF, 1])) }
        let twice = Body([Transaction(.payload([1])), Transaction(.payload([1]))]).encoding
        try expect(.badTransaction) { $0.give(twice, for: $0.header(body: twice)) }
    }

    @Test func `a message that makes no sense, or comes unasked, ends the peer`() throws {
        try expect(.badMessage) { $0.say([0xFF], on: GossipChannel.chain) }
        try expect(.badMessage) { $0.say([0xFF], on: GossipChannel.blocks) }
        try expect(.unsolicitedMessage) { $0.say(.startBatch) }
        try expect(.unsolicitedMessage) { $0.say(.intersectNotFound(tip: .origin)) }
    }

    @Test func `a peer that never answers ends`() throws {
        try expect(.chainTimeout) { guest in
            var companion = guest.companion
            companion.pass(.seconds(12), &guest.solo)
        }
        try expect(.blocksTimeout) { guest in
            let header = guest.header()
            guest.show(header)
            guest.say(.awaitReply)
            var companion = guest.companion
            companion.pass(.seconds(70), &guest.solo)
        }
    }

    /// Expects that what the peer does after a fair beginning ends it so.
    private func expect(
        _ reason: CloseReason,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ lie: (inout ChainGuest) -> Void
    ) throws {
        var guest = try #require(ChainGuest(), sourceLocation: sourceLocation)
        guest.begin()
        lie(&guest)
        #expect(guest.end == reason, sourceLocation: sourceLocation)
        #expect(guest.tip?.height == 0, sourceLocation: sourceLocation)
    }
}

extension ChainGuest {
    fileprivate mutating func show(_ header: Header) {
        say(.rollForward([header], tip: .origin))
    }

    fileprivate mutating func give(_ body: [UInt8], for header: Header) {
        show(header)
        say(.startBatch)
        say(.block(BodyMessage(body: body)))
    }
}

extension World {
    /// A key that nobody knows.
    fileprivate static let key = NodeKey(seed: [UInt8](repeating: 77, count: NodeKey.seedByteCount))
}
