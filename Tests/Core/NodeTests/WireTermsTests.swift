import Testing
import WarrenNode
import WarrenPrimitives

struct WireTermsTests {
    @Test func `a configuration says of connections what its keys say, each by itself`() {
        var configuration = NodeConfiguration()
        #expect(configuration.wireTerms == WireTerms())
        configuration.sendRate = 1
        configuration.receiveRate = 2
        configuration.flushThrottle = .milliseconds(3)
        configuration.packetPayloadLimit = 4
        configuration.handshakeTimeout = .seconds(5)
        configuration.pingInterval = .seconds(6)
        configuration.pongTimeout = .seconds(7)
        var terms = WireTerms()
        terms.sendRate = 1
        terms.receiveRate = 2
        terms.flushThrottle = .milliseconds(3)
        terms.packetPayloadLimit = 4
        terms.handshakeTimeout = .seconds(5)
        terms.pingInterval = .seconds(6)
        terms.pongTimeout = .seconds(7)
        #expect(configuration.wireTerms == terms)
    }
}
