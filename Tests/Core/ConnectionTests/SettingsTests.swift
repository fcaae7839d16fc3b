import Testing
import WarrenConnection
import WarrenPrimitives

struct SettingsTests {
    @Test func `a connection is set as the terms of the wire say, each by itself`() {
        #expect(Connection.Settings(WireTerms()) == Connection.Settings())
        var terms = WireTerms()
        terms.sendRate = 1
        terms.receiveRate = 2
        terms.flushThrottle = .milliseconds(3)
        terms.packetPayloadLimit = 400
        terms.handshakeTimeout = .seconds(5)
        terms.pingInterval = .seconds(6)
        terms.pongTimeout = .seconds(7)
        let settings = Connection.Settings(terms)
        #expect(settings.sendRate == 1 && settings.receiveRate == 2)
        #expect(settings.flushThrottle == .milliseconds(3))
        #expect(settings.packet.payloadLimit == 400)
        #expect(settings.handshakeTimeout == .seconds(5))
        #expect(settings.pingInterval == .seconds(6) && settings.pongTimeout == .seconds(7))
    }
}
