import WarrenConnection
import WarrenNIO
import WarrenPrimitives

/// What a real CometBFT node did with a hand-written peer, case by case, done to ours.
///
/// Source: `observed-behaviour.json`.
enum ObservedBehaviour {
    /// What became of the peer.
    enum Outcome: Equatable {
        case kept
        case closed
    }

    typealias Attempt = @Sendable (_ node: HostPort) throws -> Outcome

    /// The exchange channel's messages (C§7.1).
    static let request: [UInt8] = [0x0A, 0x00]
    static let noAddresses: [UInt8] = [0x12, 0x00]

    /// Cases that end before the channels open, by the words of the file.
    static let handshakes: [String: Attempt] = [
        "good handshake, NodeInfo channels=[0x00]": info { _ in },
        "different network string": info { $0.network = "another" },
        "block protocol 12 instead of 11": info { $0.protocolVersion.block = 12 },
        "no common channel": info { $0.channels = [0x55] },
        "empty channel list": info { $0.channels = [] },
        "16 distinct channels including a common one": info {
            $0.channels = [0x00] + (1...15).map { ChannelID(rawValue: 0x10 + $0) }
        },
        "17 channels": info {
            $0.channels = [0x00] + (1...16).map { ChannelID(rawValue: 0x10 + $0) }
        },
        "duplicate channel id": info { $0.channels = [0x00, 0x10, 0x10] },
        "empty moniker": info { $0.moniker = "" },
        "non-ASCII moniker": info { $0.moniker = "café" },
        "listen_addr host that does not resolve": info {
            $0.listenAddress = "no-such-host.invalid:26656"
        },
        "listen_addr tcp://0.0.0.0:26656": info { $0.listenAddress = "tcp://0.0.0.0:26656" },
        "listen_addr without port": info { $0.listenAddress = "tcp://127.0.0.1" },
        "NodeInfo id differs from key": info { $0.id = "\(NodeKey.fresh.id)" },
        "NodeInfo id in upper case": info { $0.id = $0.id.uppercased() },
        "NodeInfo of 10241 bytes": { node in
            let peer = try RawPeer(to: node)
            try peer.shake()
            var info = ownInfo(peer)
            let rest = NodeInfo.byteLimit + 1 - info.encoded.count
            // The moniker's length takes one more byte from 128 on, and another from 16384.
            info.moniker += String(repeating: "m", count: rest - 1)
            precondition(info.encoded.count == NodeInfo.byteLimit + 1)
            try peer.say(ProtobufWriter.delimited(info.encoded))
            return peer.isHungUp() ? .closed : .kept
        },
        "TCP connect then silence": { node in
            let socket = try RawSocket(to: node)
            return socket.readToEnd(within: RawPeer.patience) == nil ? .kept : .closed
        },
        "low-order ephemeral key 0 or 1": { node in
            for first: UInt8 in [0, 1] {
                let socket = try RawSocket(to: node)
                let point = [first] + [UInt8](repeating: 0, count: 31)
                socket.write([0x22, 0x0A, 0x20] + point)
                if socket.readToEnd(within: RawPeer.patience) == nil { return .kept }
            }
            return .closed
        },
        "AuthSig signature with one bit flipped": { node in
            // The proof is sealed, so what a relay could flip is a bit of its frame.
            let peer = try RawPeer(to: node)
            try peer.shakeFlippingProof()
            return peer.isHungUp() ? .closed : .kept
        },
    ]

    /// Cases on open channels.
    static let conversations: [String: Attempt] = [
        "200 pings in a row": open { peer in
            for _ in 0..<200 { try peer.sayPacket([0x0A, 0x00]) }
        },
        "5 unsolicited pongs": open { peer in
            for _ in 0..<5 { try peer.sayPacket([0x12, 0x00]) }
        },
        "PacketMsg on a channel the node lacks": open { try $0.sayMessage(0x55, [1]) },
        "channel_id 256": open { try $0.sayMessage(256, [1]) },
        "channel_id -1": open { try $0.sayMessage(UInt64(bitPattern: -1), [1]) },
        "delimited body of length 0": open { try $0.say([0]) },
        "Packet with only an unknown field 4": open { try $0.sayPacket([0x22, 0x00]) },
        "Packet ping plus unknown field 9": open { try $0.sayPacket([0x0A, 0x00, 0x48, 0x01]) },
        "ping with unknown inner field": open { try $0.sayPacket([0x0A, 0x02, 0x08, 0x01]) },
        "message split over two packets, last one with empty data and eof": open { peer in
            try peer.sayMessage(0, isLast: false, request)
            try peer.sayMessage(0, [])
        },
        "1025-byte payload on channel 0 without eof (packet body 1031 <= 1034)": open { peer in
            try peer.sayMessage(0, isLast: false, [UInt8](repeating: 0, count: 1025))
        },
        "packet body of 1035 bytes": open { peer in
            try peer.sayMessage(0, isLast: false, [UInt8](repeating: 0, count: 1029))
        },
        "delimiter announcing 2000000 bytes": open { try $0.say([0x80, 0x89, 0x7A]) },
        "64512 bytes without eof on channel 0 (capacity 64000)": open { peer in
            for _ in 0..<63 {
                try peer.sayMessage(0, isLast: false, [UInt8](repeating: 0, count: 1024))
            }
        },
        "eof packet with empty data as first packet of a message (empty PEX message)": open {
            try $0.sayMessage(0, [])
        },
        "undecodable PEX message": open { try $0.sayMessage(0, [0xFF, 0xFF, 0xFF]) },
        "PexAddrs nobody asked for": open { try $0.sayMessage(0, noAddresses) },
        "PexAddrs with a non-IP address": open { peer in
            var message = ProtobufWriter()
            message.message(2) { addresses in
                addresses.message(1) { address in
                    address.string(1, "\(NodeKey.fresh.id)")
                    address.string(2, "not an address")
                    address.varint(3, 26656)
                }
            }
            try peer.sayMessage(0, message.bytes)
        },
        "2 PexRequests at once": { node in
            let peer = try opened(node)
            for _ in 0..<2 { try peer.sayMessage(0, request) }
            for _ in 0..<2 { try hearAnswer(peer) }
            return try peer.isKept() ? .kept : .closed
        },
        "3 PexRequests at once": open { peer in
            for _ in 0..<3 { try peer.sayMessage(0, request) }
        },
        "reconnect as the same ID right after that ban": { node in
            let first = try opened(node)
            for _ in 0..<3 { try first.sayMessage(0, request) }
            guard first.isHungUp() else { return .kept }
            let second = try RawPeer(to: node, key: first.key)
            try second.shake()
            try second.say(ProtobufWriter.delimited(ownInfo(second).encoded))
            do {
                _ = try second.hearInfo()
                return try second.isKept() ? .kept : .closed
            } catch is RawPeer.Closed {
                return .closed
            }
        },
        "second connection from the same ID while the first is up": { node in
            let first = try opened(node)
            guard try first.isKept() else { throw RawPeer.Closed() }
            let second = try RawPeer(to: node, key: first.key)
            try second.shake()
            try second.say(ProtobufWriter.delimited(ownInfo(second).encoded))
            _ = try second.hearInfo()
            try second.sayMessage(0, request)
            guard first.isHungUp() else { return .closed }
            return try second.isKept() ? .kept : .closed
        },
        "peer that never answers pings": open { _ in },
    ]

    /// What an honest peer says of itself.
    static func ownInfo(_ peer: RawPeer) -> NodeInfo {
        NodeInfo(
            id: peer.key.id,
            listenAddress: "127.0.0.1:26656",
            network: "subject",
            version: "0.38.25",
            channels: [0x00],
            moniker: "raw"
        )
    }

    /// A peer past its handshake.
    static func opened(_ node: HostPort) throws -> RawPeer {
        let peer = try RawPeer(to: node)
        try peer.shake()
        try peer.say(ProtobufWriter.delimited(ownInfo(peer).encoded))
        _ = try peer.hearInfo()
        return peer
    }

    /// Reads up to the end of a message that answers a request.
    static func hearAnswer(_ peer: RawPeer) throws {
        while true {
            if case .message(0, let isLast, let data) = try peer.hear() {
                guard data.first == 0x12 || !isLast else { continue }
                if isLast { return }
            }
        }
    }

    private static func info(_ change: @escaping @Sendable (inout NodeInfo) -> Void) -> Attempt {
        { node in
            let peer = try RawPeer(to: node)
            try peer.shake()
            var info = ownInfo(peer)
            change(&info)
            try peer.say(ProtobufWriter.delimited(info.encoded))
            return try outcome(of: peer)
        }
    }

    private static func open(_ say: @escaping @Sendable (RawPeer) throws -> Void) -> Attempt {
        { node in
            let peer = try opened(node)
            try say(peer)
            return try peer.isKept() ? .kept : .closed
        }
    }

    private static func outcome(of peer: RawPeer) throws -> Outcome {
        do {
            _ = try peer.hearInfo()
            return try peer.isKept() ? .kept : .closed
        } catch is RawPeer.Closed {
            return .closed
        }
    }
}
