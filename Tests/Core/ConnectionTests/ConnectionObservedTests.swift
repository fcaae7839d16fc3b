import Testing
import WarrenConnection
import WarrenHandshake
import WarrenPrimitives
import WarrenSupport

/// What a real CometBFT accepted and refused, asked of ours.
struct ConnectionObservedTests {
    private struct Rows: Decodable {
        var cases: [Row]
        struct Row: Decodable {
            var input: String
            var result: String
        }
    }

    /// One row's deed: what the peer says of itself, then what it says in packets.
    private struct Deed {
        var input: String
        var info: (inout NodeInfo) -> Void = { _ in }
        var plain: [UInt8] = []
    }

    private static let channel = ChannelDescriptor(id: 0, receiveMessageLimit: 64_000)

    private static func piece(_ channel: UInt64, _ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(3) { inner in
            inner.varint(1, channel)
            inner.bool(2, isLast)
            inner.bytes(3, bytes)
        }
        return ProtobufWriter.delimited(writer.bytes)
    }

    private static var deeds: [Deed] {
        [
            Deed(input: "good handshake, NodeInfo channels=[0x00]"),
            Deed(input: "different network string", info: { $0.network = "x" }),
            Deed(input: "block protocol 12 instead of 11", info: { $0.protocolVersion.block = 12 }),
            Deed(input: "no common channel", info: { $0.channels = [1] }),
            Deed(input: "empty channel list", info: { $0.channels = [] }),
            Deed(
                input: "16 distinct channels including a common one",
                info: { $0.channels = (0..<16).map(ChannelID.init(rawValue:)) }
            ),
            Deed(
                input: "17 channels",
                info: { $0.channels = (0..<17).map(ChannelID.init(rawValue:)) }
            ),
            Deed(input: "duplicate channel id", info: { $0.channels = [0, 0] }),
            Deed(input: "empty moniker", info: { $0.moniker = "" }),
            Deed(input: "non-ASCII moniker", info: { $0.moniker = "é" }),
            Deed(
                input: "listen_addr tcp://0.0.0.0:26656",
                info: { $0.listenAddress = "tcp://0.0.0.0:26656" }
            ),
            Deed(input: "listen_addr without port", info: { $0.listenAddress = "10.0.0.1" }),
            Deed(
                input: "NodeInfo id differs from key",
                info: { $0.id = Script.key(3).id.description }
            ),
            Deed(input: "NodeInfo id in upper case", info: { $0.id = $0.id.uppercased() }),
            Deed(
                input: "200 pings in a row",
                plain: Array(repeatElement([2, 0x0A, 0], count: 200).joined())
            ),
            Deed(
                input: "5 unsolicited pongs",
                plain: Array(repeatElement([2, 0x12, 0], count: 5).joined())
            ),
            Deed(
                input: "PacketMsg on a channel the node lacks",
                plain: piece(0x21, [1], isLast: true)
            ),
            Deed(input: "channel_id 256", plain: piece(256, [1], isLast: true)),
            Deed(input: "channel_id -1", plain: piece(.max, [1], isLast: true)),
            Deed(input: "delimited body of length 0", plain: [0]),
            Deed(input: "Packet with only an unknown field 4", plain: [2, 0x22, 0]),
            Deed(input: "Packet ping plus unknown field 9", plain: [4, 0x0A, 0, 0x48, 1]),
            Deed(input: "ping with unknown inner field", plain: [4, 0x0A, 2, 0x48, 1]),
            Deed(
                input: "message split over two packets, last one with empty data and eof",
                plain: piece(0, [0x0A, 0], isLast: false) + piece(0, [], isLast: true)
            ),
            Deed(
                input: "1025-byte payload on channel 0 without eof (packet body 1031 <= 1034)",
                plain: piece(0, Script.bytes(1025), isLast: false)
            ),
            Deed(
                input: "packet body of 1035 bytes",
                plain: piece(0, Script.bytes(1029), isLast: false)
            ),
            Deed(
                input: "delimiter announcing 2000000 bytes",
                plain: [0x80, 0x89, 0x7A]
            ),
            Deed(
                input: "64512 bytes without eof on channel 0 (capacity 64000)",
                plain: Array(
                    repeatElement(piece(0, Script.bytes(1024), isLast: false), count: 63).joined()
                )
            ),
        ]
    }

    @Test func `accepts and refuses what CometBFT was seen to accept and refuse`() throws {
        let rows = try Vectors.load("observed-behaviour", as: Rows.self).cases
        for deed in Self.deeds {
            let row = try #require(rows.first { $0.input == deed.input }, "\(deed.input)")
            var info = Script.info(1, channels: [Self.channel])
            deed.info(&info)
            var peer = Peer()
            let end = End(2, channels: [Self.channel])
            try peer.authenticate(with: end)
            try peer.send(ProtobufWriter.delimited(info.encoded) + deed.plain, to: end)
            let isAccepted = row.result.hasPrefix("accepted")
            #expect(isAccepted || row.result.hasPrefix("closed"))
            #expect((end.violation == nil) == isAccepted, "\(deed.input): \(end.effects)")
        }
    }

    /// Its host would be looked up at a stranger's bidding; we never do (design §17.1).
    @Test func `a listen address with a name is accepted, unlike upstream's lookup`() throws {
        var info = Script.info(1)
        info.listenAddress = "no.such.host.invalid:26656"
        let pair = Pair(End(1, info: info), End(2))
        pair.settle()
        #expect(pair.right.violation == nil)
        #expect(pair.right.isOpen)
    }

    @Test func `the clocks are upstream's`() throws {
        struct Schedules: Decodable {
            var constants: Constants
            struct Constants: Decodable {
                var handshake_timeout_s: Int
                var node_info_timeout_s: Int
                var ping_interval_s: Int
                var pong_timeout_s: Int
                var stats_interval_s: Int
            }
        }
        let constants = try Vectors.load("schedules", as: Schedules.self).constants
        let settings = Connection.Settings()
        #expect(settings.handshakeTimeout == .seconds(constants.handshake_timeout_s))
        #expect(settings.handshakeTimeout == .seconds(constants.node_info_timeout_s))
        #expect(settings.pingInterval == .seconds(constants.ping_interval_s))
        #expect(settings.pongTimeout == .seconds(constants.pong_timeout_s))
        #expect(Multiplexer.decayInterval == .seconds(constants.stats_interval_s))
        #expect(settings.packet.bodyLimit == 1034)
    }
}
