// NodeInfo as a protobuf message. Source: C§3.1.

extension NodeInfo {
    /// The longest message that may arrive, in bytes, its length prefix not counted (C§2.7).
    package static let byteLimit = 10_240

    /// Reads a message; unknown fields are skipped, and repeated embedded messages merged.
    package init(_ message: Span<UInt8>) throws(ProtobufError) {
        self.init()
        var offset = 0
        while let field = try message.protobufField(at: &offset) {
            switch field.number {
            case 1: try protocolVersion.merge(message.extracting(try field.range()))
            case 2: id = try message.text(try field.range(), field: 2)
            case 3: listenAddress = try message.text(try field.range(), field: 3)
            case 4: network = try message.text(try field.range(), field: 4)
            case 5: version = try message.text(try field.range(), field: 5)
            case 6: channels = message.copy(try field.range()).map(ChannelID.init(rawValue:))
            case 7: moniker = try message.text(try field.range(), field: 7)
            case 8: try mergeOther(message.extracting(try field.range()))
            default: break
            }
        }
    }

    /// The message; its two embedded messages are there even when they are empty.
    package var encoded: [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1) { inner in
            inner.varint(1, protocolVersion.p2p)
            inner.varint(2, protocolVersion.block)
            inner.varint(3, protocolVersion.app)
        }
        writer.string(2, id)
        writer.string(3, listenAddress)
        writer.string(4, network)
        writer.string(5, version)
        writer.bytes(6, channels.map(\.rawValue))
        writer.string(7, moniker)
        writer.message(8) { inner in
            inner.string(1, transactionIndex)
            inner.string(2, rpcAddress)
        }
        return writer.bytes
    }

    /// What an empty message says.
    private init() {
        protocolVersion.p2p = 0
        protocolVersion.block = 0
        id = ""
        listenAddress = ""
        network = ""
        version = ""
        channels = []
        moniker = ""
    }

    private mutating func mergeOther(_ message: Span<UInt8>) throws(ProtobufError) {
        var offset = 0
        while let field = try message.protobufField(at: &offset) {
            switch field.number {
            case 1: transactionIndex = try message.text(try field.range(), field: 1)
            case 2: rpcAddress = try message.text(try field.range(), field: 2)
            default: break
            }
        }
    }
}

extension NodeInfo.ProtocolVersion {
    fileprivate mutating func merge(_ message: Span<UInt8>) throws(ProtobufError) {
        var offset = 0
        while let field = try message.protobufField(at: &offset) {
            switch field.number {
            case 1: p2p = try field.varint()
            case 2: block = try field.varint()
            case 3: app = try field.varint()
            default: break
            }
        }
    }
}
