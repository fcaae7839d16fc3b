import Testing
import WarrenChain
import WarrenGossip

struct GossipChannelTests {
    @Test func `the longest body that a genesis may allow fits a message`() {
        #expect(Body.byteLimit + 64 <= GossipChannel.largeByteLimit)
    }
}
