import Testing
import WarrenConnection
import WarrenHandshake
import WarrenPrimitives

/// A peer that keeps the rules of SecretConnection, and above it says what the test wants.
struct Peer: ~Copyable {
    private var secret = SecretConnection(
        key: Script.key(1),
        ephemeralSecret: [UInt8](repeating: 77, count: 32)
    )
    /// What the other end said inside its frames.
    private(set) var heard: [UInt8] = []

    /// Goes as far as both have proved their keys.
    mutating func authenticate(with end: End, now: Instant = Script.start) throws {
        var output: [UInt8] = []
        secret.start(into: &output)
        end.start(now: now)
        var wire: [UInt8] = []
        while !output.isEmpty || !end.output.isEmpty {
            end.take(output, now: now)
            output = []
            wire += end.drain(now: now)
            let count = try secret.receive(wire.span, into: &output, plain: &heard)
            wire.removeFirst(count)
        }
        #expect(secret.remoteID == Script.key(2).id)
    }

    /// Goes on to where packets may be sent.
    mutating func open(with end: End, now: Instant = Script.start) throws {
        try authenticate(with: end, now: now)
        try send(ProtobufWriter.delimited(Script.info(1).encoded), to: end, now: now)
        #expect(end.isOpen)
        end.effects = []
        heard = []
    }

    mutating func send(_ plain: [UInt8], to end: End, now: Instant = Script.start) throws {
        end.take(try seal(plain), now: now)
    }

    mutating func seal(_ plain: [UInt8]) throws -> [UInt8] {
        var sealed: [UInt8] = []
        try secret.seal(plain.span, into: &sealed)
        return sealed
    }

    /// Takes all that the other end has for its socket, and tells it so.
    mutating func listen(to end: End, now: Instant = Script.start) throws {
        let bytes = end.drain(now: now)
        var output: [UInt8] = []
        let count = try secret.receive(bytes.span, into: &output, plain: &heard)
        #expect(count == bytes.count)
    }
}
