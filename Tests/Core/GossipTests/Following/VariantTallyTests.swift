import Testing
import WarrenChain
import WarrenGossip
import WarrenPrimitives

@Suite struct `A tally of variants` {
    private let other = NodeKey(seed: [UInt8](repeating: 2, count: NodeKey.seedByteCount))

    private func header(slot: UInt64, _ number: Int, by key: NodeKey = TestChain.key) -> Header {
        Header(
            Header.Content(
                height: 1,
                slot: slot,
                previous: TestChain.genesis,
                body: Hash(of: [UInt8(number)]),
                bodySize: 1,
                time: .epoch
            ),
            by: key
        )
    }

    @Test func `takes sixteen headers of one producer for one slot, and not one more`() {
        var tally = VariantTally()
        for number in 0..<16 {
            #expect(tally.take(header(slot: 9, number)) == true)
            #expect(tally.take(header(slot: 9, number)) == true, "the same again is no other")
        }
        #expect(tally.take(header(slot: 9, 16)) == false)
        #expect(tally.take(header(slot: 9, 15)) == true)
        #expect(
            tally.take(header(slot: 9, 16, by: other)) == true,
            "another producer has a count of its own"
        )
        #expect(tally.take(header(slot: 10, 16)) == true)
    }

    @Test func `counts thirty-two slots, the latest`() {
        var tally = VariantTally()
        for slot: UInt64 in 1...32 { #expect(tally.take(header(slot: slot, 0)) == true) }
        #expect(tally.turnCount == 32)
        #expect(tally.take(header(slot: 40, 0)) == true)
        #expect(tally.turnCount == 32)
        // Slot 2 is counted still, slot 1 is not.
        for number in 1..<16 { #expect(tally.take(header(slot: 2, number)) == true) }
        #expect(tally.take(header(slot: 2, 16)) == false)
        for number in 0..<40 { #expect(tally.take(header(slot: 1, number)) == true) }
        #expect(tally.turnCount == 32)
    }
}
