import WarrenChain
import WarrenGossip
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// A node with a chain, in whose slots one key leads always, and a hot peer of it that says on 0x71
/// to 0x73 what the test wants.
struct ChainGuest {
    static let key = NodeKey(seed: [UInt8](repeating: 42, count: NodeKey.seedByteCount))

    static let channels = [
        GossipChannel.chain, GossipChannel.blocks, GossipChannel.transactions,
    ]

    var solo: Solo
    var companion: Companion
    let rules: ChainRules

    static var genesis: Genesis {
        var genesis = Genesis(producers: [
            Genesis.Producer(name: "one", key: Hash(key.publicKey) ?? .zero, stake: 1)
        ])
        genesis.startTime = Instant(nanoseconds: 1_000_000_000)
        genesis.activeSlotMillionths = 1_000_000
        return genesis
    }

    /// Nil when the node does not dial its root; a producer signs with the key of the genesis.
    init?(
        isProducer: Bool = false,
        securityParameter: Int = 2160,
        _ configure: (inout Node.Birth) -> Void = { _ in }
    ) {
        var genesis = Self.genesis
        genesis.securityParameter = securityParameter
        guard let rules = genesis.chainRules else { return nil }
        self.rules = rules
        solo = Solo { birth in
            birth.genesis = genesis
            birth.signer = isProducer ? Self.key : nil
            birth.topology.localRoots = [
                Topology.LocalRootGroup(accessPoints: [World.point(2)], hotValency: 1)
            ]
            configure(&birth)
        }
        solo.guestChannels += Self.channels
        if solo.dials.isEmpty { solo.pass(.seconds(31)) }
        guard !solo.dials.isEmpty else { return nil }
        companion = Companion(answering: &solo, 2)
    }

    var tip: Snapshot.Tip? { solo.node.snapshot(now: solo.now).chain }

    /// Why the node ended the connection, if it did.
    var end: CloseReason? { solo.closeReason(of: companion.connection) }

    mutating func say(_ message: ChainMessage) { say(message.bytes, on: GossipChannel.chain) }
    mutating func say(_ message: BlockMessage) { say(message.bytes, on: GossipChannel.blocks) }
    mutating func say(_ message: TransactionMessage) {
        say(message.bytes, on: GossipChannel.transactions)
    }

    mutating func say(_ bytes: [UInt8], on channel: ChannelID) {
        solo.feed(.received(companion.connection, channel, bytes))
        companion.serve(&solo)
    }

    /// Agrees with the node on the origin, so that headers can follow.
    mutating func begin(tip: Point = .origin) {
        companion.serve(&solo)
        say(.intersectFound(.origin, tip: tip))
        say(.rollBackward(.origin, tip: tip))
    }

    /// A header on the chain's first place, with a body of these bytes.
    func header(
        by key: NodeKey = Self.key,
        slot: UInt64 = 10,
        height: UInt64 = 1,
        body: [UInt8] = Body([]).encoding
    ) -> Header {
        Header(
            Header.Content(
                height: height,
                slot: slot,
                previous: rules.genesisID,
                body: Hash(of: body),
                bodySize: body.count,
                time: .epoch
            ),
            by: key
        )
    }

    /// What the node said to the peer on these channels, in its order.
    func said(on channels: [ChannelID]) -> [(channel: ChannelID, bytes: [UInt8])] {
        solo.effects.compactMap { effect in
            guard case .send(companion.connection, let channel, let bytes) = effect,
                channels.contains(channel)
            else { return nil }
            return (channel, bytes)
        }
    }
}
