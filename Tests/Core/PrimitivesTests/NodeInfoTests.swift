import Testing
import WarrenPrimitives
import WarrenSupport

struct NodeInfoTests {
    private let info: NodeInfo

    init() throws {
        let id = try #require(NodeID("9b96ed756907081cb2ad86b7584666fc73cee446"))
        info = NodeInfo(
            id: id,
            listenAddress: "tcp://1.2.3.4:26656",
            network: "net",
            version: "0.38.25",
            channels: [0x70, 0x00],
            moniker: "node"
        )
    }

    private func flaw(_ change: (inout NodeInfo) -> Void) -> NodeInfo.Flaw? {
        var changed = info
        change(&changed)
        do throws(NodeInfo.Flaw) {
            try changed.validate()
            return nil
        } catch {
            #expect(!error.description.isEmpty)
            return error
        }
    }

    @Test
    func `what a CometBFT node sent is read and written back byte for byte`() throws {
        let rows = try WireVectors.load().node_info
        for row in rows {
            let bytes = try #require(Hex.bytes(row.hex))
            let info = try NodeInfo(bytes.span)
            #expect(info.encoded == bytes)
            if let delimited = row.delimited_hex {
                #expect(Hex.text(ProtobufWriter.delimited(info.encoded)) == delimited)
            }
            guard let fields = row.fields else { continue }
            #expect(info.protocolVersion.p2p == fields.p2p)
            #expect(info.protocolVersion.block == fields.block)
            #expect(info.protocolVersion.app == fields.app)
            #expect(info.id == fields.default_node_id)
            #expect(info.listenAddress == fields.listen_addr)
            #expect(info.network == fields.network)
            #expect(info.version == fields.version)
            #expect(Hex.text(info.channels.map(\.rawValue)) == fields.channels_hex)
            #expect(info.moniker == fields.moniker)
            #expect(info.transactionIndex == fields.tx_index)
            #expect(info.rpcAddress == fields.rpc_address)
            #expect(throws: Never.self) { try info.validate() }
        }
        #expect(rows.count == 2)
    }

    @Test
    func `what is wrong is said, the first thing first`() {
        #expect(flaw { _ in } == nil)
        #expect(flaw { $0.listenAddress = "1.2.3.4" } == .listenAddress(.invalid(.missingPort)))
        #expect(flaw { $0.listenAddress = "tcp://:26656" } == .listenAddress(.invalid(.emptyHost)))
        #expect(flaw { $0.listenAddress = "" } == .listenAddress(.invalid(.missingPort)))
        #expect(flaw { $0.listenAddress = "a@b:1" } == .listenAddress(.noID))
        #expect(flaw { $0.id = "xy" } == .listenAddress(.badID("xy")))
        #expect(flaw { $0.listenAddress = "tcp://seed.example.org:26656" } == nil)
        #expect(flaw { $0.listenAddress = "0.0.0.0:0" } == nil)
        #expect(flaw { $0.version = "" } == nil)
        for text in [" ", "\t", "é", "a\u{7F}", "a\n"] {
            #expect(flaw { $0.version = text } == .version)
            #expect(flaw { $0.moniker = text } == .moniker)
            #expect(flaw { $0.rpcAddress = text } == .rpcAddress)
        }
        #expect(flaw { $0.version = " ~" } == nil)
        #expect(flaw { $0.moniker = "" } == .moniker)
        #expect(flaw { $0.rpcAddress = "" } == nil)
        for text in ["on", "off", ""] { #expect(flaw { $0.transactionIndex = text } == nil) }
        #expect(flaw { $0.transactionIndex = "On" } == .transactionIndex)
        #expect(flaw { $0.channels = [] } == nil)
        #expect(flaw { $0.channels = [1, 2, 1] } == .duplicateChannel(1))
        #expect(
            flaw {
                $0.moniker = ""
                $0.version = " "
            } == .version
        )
    }

    @Test
    func `a node may list sixteen channels, and one more is refused`() {
        let channels = (0..<17).map { ChannelID(rawValue: UInt8($0)) }
        #expect(flaw { $0.channels = Array(channels.prefix(16)) } == nil)
        #expect(flaw { $0.channels = channels } == .tooManyChannels(17))
    }

    @Test
    func `nodes go together by block protocol, network and a channel in common`() {
        func obstacle(_ change: (inout NodeInfo) -> Void) -> NodeInfo.Incompatibility? {
            var other = info
            change(&other)
            do throws(NodeInfo.Incompatibility) {
                try info.checkCompatible(with: other)
                return nil
            } catch {
                #expect(!error.description.isEmpty)
                return error
            }
        }
        #expect(obstacle { _ in } == nil)
        #expect(
            obstacle {
                $0.protocolVersion.block = 10
                $0.network = "other"
            } == .blockProtocol(ours: 11, theirs: 10)
        )
        #expect(obstacle { $0.network = "Net" } == .network(ours: "net", theirs: "Net"))
        #expect(obstacle { $0.channels = [0x40] } == .noCommonChannel)
        #expect(obstacle { $0.channels = [] } == .noCommonChannel)
        #expect(obstacle { $0.channels = [0x40, 0x00] } == nil)
        #expect(
            obstacle {
                $0.protocolVersion.p2p = 9
                $0.protocolVersion.app = 3
                $0.version = "1"
            } == nil
        )
        var silent = info
        silent.channels = []
        #expect(throws: Never.self) { try silent.checkCompatible(with: info) }
    }

    @Test(arguments: [
        ("tcp://1.2.3.4:26656", "1.2.3.4:26656"), ("0.0.0.0:26656", "9.8.7.6:26656"),
        ("tcp://[::]:1", "9.8.7.6:1"), ("[fd00::1]:7", "[fd00::1]:7"),
        ("host.example.org:26656", nil), ("1.2.3.4:0", nil), ("1.2.3.4", nil), ("", nil),
    ])
    func `a peer is dialed back where it listens, never by name`(
        listenAddress: String,
        expected: String?
    ) throws {
        var peer = info
        peer.listenAddress = listenAddress
        let remote = try #require(SocketAddress("9.8.7.6:50000"))
        #expect(peer.dialable(from: remote)?.description == expected)
    }
}
