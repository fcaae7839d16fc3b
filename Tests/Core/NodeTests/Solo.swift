import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

/// One node in virtual time, whose whole world is the test.
struct Solo {
    var node: Node
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var random = Random(seed: 1)
    var effects: [Node.Effect] = []
    /// What its guests list.
    var guestChannels: [ChannelID] = [.peerExchange, .lifecycle]
    /// The last batch, as long as the disk takes its time.
    var unwritten: UInt64?
    var isDiskSlow = false
    private var acceptedCount: UInt64 = 0

    /// Numbers name peers as in ``World``; the node itself is number 1.
    init(boots: Bool = true, _ configure: (inout Node.Birth) -> Void = { _ in }) {
        var configuration = NodeConfiguration()
        configuration.listenAddress = World.address(1)
        configuration.addressBookStrict = false
        configuration.pace = 60
        configuration.targets = Targets(root: 10, known: 20, established: 8, active: 4)
        var birth = Node.Birth(
            configuration: configuration,
            topology: Topology(),
            ownID: World.id(1),
            incarnation: 1,
            bookKey: [UInt8](repeating: 1, count: 16)
        )
        configure(&birth)
        node = Node(birth: birth)
        if boots {
            feed(.loaded([]))
            feed(.listening(World.address(1)))
        }
    }

    /// What the node wants, at once; all of it is kept in `effects` too.
    @discardableResult
    mutating func feed(_ input: Node.Input) -> [Node.Effect] {
        var wanted: [Node.Effect] = []
        node.handle(input, now: now, random: &random, into: &wanted)
        for case .persist(let batch, _) in wanted {
            if isDiskSlow { unwritten = batch } else { feed(.persisted(batch: batch)) }
        }
        for case .load(let id, _) in wanted { feed(.loadedRange(id, [])) }
        effects += wanted
        return wanted
    }

    /// Time passes; whatever is due is told.
    @discardableResult
    mutating func pass(_ duration: Duration) -> [Node.Effect] {
        let end = now.advanced(by: duration)
        var wanted: [Node.Effect] = []
        while let due = node.nextDeadline, due <= end {
            now = max(now, due)
            wanted += feed(.deadline)
        }
        now = end
        return wanted
    }

    func info(_ id: NodeID, listening: SocketAddress) -> NodeInfo {
        NodeInfo(
            id: id,
            listenAddress: "\(listening)",
            network: "warren",
            version: "test",
            channels: guestChannels,
            moniker: "guest"
        )
    }

    /// A node dials us from `remote`, and says where it listens.
    mutating func guest(_ id: NodeID, from remote: SocketAddress, listening: SocketAddress)
        -> ConnectionID
    {
        acceptedCount += 1
        let connection = ConnectionID.accepted(acceptedCount)
        feed(.accepted(connection, from: remote))
        feed(.authenticated(connection, id, info(id, listening: listening), remote: remote))
        return connection
    }

    /// The dials that were wanted so far, latest last.
    var dials: [(connection: ConnectionID, address: SocketAddress, expecting: NodeID?)] {
        effects.compactMap { effect in
            guard case .dial(let connection, let address, let expected) = effect else { return nil }
            return (connection, address, expected)
        }
    }

    static func hello(_ mode: DiffusionMode = .initiatorAndResponder) -> [UInt8] {
        LifecycleMessage.hello(Lifecycle.Hello(diffusionMode: mode, sharesPeers: true)).bytes
    }
}
