package import WarrenObservation
package import WarrenPeering
package import WarrenPrimitives

extension Node {
    /// What a node must know before it can think; keys and drawn numbers enter here as values.
    package struct Birth: Sendable {
        package var configuration: NodeConfiguration
        package var topology: Topology
        package var ownID: NodeID
        /// Tells this life of the node from its others.
        package var incarnation: UInt64
        /// 16 secret bytes for the address book's keyed hash, used unless the store has some.
        package var bookKey: [UInt8]
        /// What the network agrees on: who registered as a ledger peer, with what stake.
        package var genesis: Genesis?
        /// The big ledger peers of the topology's snapshot file, if it names one.
        package var snapshot: LedgerSnapshot?
        /// Who signs this node's blocks: a producer's own key.
        ///
        /// Nil for a relay; a key that is none of the genesis' makes nothing.
        package var signer: NodeKey?

        package init(
            configuration: NodeConfiguration,
            topology: Topology,
            ownID: NodeID,
            incarnation: UInt64,
            bookKey: [UInt8],
            genesis: Genesis? = nil,
            snapshot: LedgerSnapshot? = nil,
            signer: NodeKey? = nil
        ) {
            self.configuration = configuration
            self.topology = topology
            self.ownID = ownID
            self.incarnation = incarnation
            self.bookKey = bookKey
            self.genesis = genesis
            self.snapshot = snapshot
            self.signer = signer
        }
    }

    package enum Input: Sendable {
        /// The rows of every space, in key order; the first input of a node's life.
        case loaded([StoreChange])
        /// The sockets listen; peers may be dialed and told where we are.
        case listening(SocketAddress)
        /// A socket was accepted; answered by `.handshake` or `.close`.
        case accepted(ConnectionID, from: SocketAddress)
        /// Dialed or accepted, authenticated, NodeInfo valid and compatible.
        ///
        /// Apart, as it is large: inputs are copied with their size, and most are messages.
        indirect case authenticated(ConnectionID, NodeID, NodeInfo, remote: SocketAddress)
        /// A dial or a handshake came to nothing; the socket is gone.
        ///
        /// `id` is who the other end proved to be, if it came that far.
        case failed(ConnectionID, CloseReason, id: NodeID?)
        case received(ConnectionID, ChannelID, [UInt8])
        /// Messages left the send queue of a channel.
        case sent(ConnectionID, ChannelID, messages: Int, bytes: Int)
        /// An authenticated connection ended.
        case closed(ConnectionID, CloseReason)
        /// What a name resolved to; empty when it exists and has no address.
        ///
        /// `ttl` bounds its use.
        case resolved(LookupID, [SocketAddress], ttl: Duration)
        /// What a name without a port, the owner of SRV records, stands for.
        ///
        /// Answered by `.resolve` of one target. A driver that knows no SRV may say `.resolved`.
        case services(LookupID, [ServiceRecord], ttl: Duration)
        case unresolved(LookupID, LookupFailure)
        case persisted(batch: UInt64)
        /// The rows that `.load` asked for, after all batches that were handed out before it.
        case loadedRange(LoadID, [StoreChange])
        case storeFailed
        /// SIGHUP: the topology file as it now is, with the snapshot file that it names.
        indirect case topology(Topology, snapshot: LedgerSnapshot? = nil)
        /// What the chain, or a script in its place, says (design §17.13).
        case chain(ChainFact)
        case deadline
        /// Say goodbye and end; answered by `.stopped`.
        case stop
    }

    package enum Effect: Sendable {
        /// Dial from our listening IP (port 0) and run the handshake.
        case dial(ConnectionID, SocketAddress, expecting: NodeID?)
        case handshake(ConnectionID)
        case send(ConnectionID, ChannelID, [UInt8])
        /// With `flush`, what was sent before still leaves (for at most the handshake timeout).
        case close(ConnectionID, CloseReason, flush: Bool)
        /// Look up a name: addresses for one with a port, SRV records for one without.
        ///
        /// Answered by `.resolved`, `.services` or `.unresolved`, once.
        case resolve(LookupID, host: String, port: UInt16?)
        case persist(batch: UInt64, [StoreChange])
        /// Read rows of a space that is not resident; answered by `.loadedRange`.
        indirect case load(LoadID, StoreRange)
        indirect case emit(Event)
        /// A guest, by its place among them, tells whoever runs the node something.
        case reported(guest: Int, any Sendable)
        case stopped
    }

    package struct LookupID: Hashable, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }
    }
}
