package import WarrenObservation
package import WarrenPrimitives

extension Governor {
    /// The policy constants of O§3.5, scaled where design §17.5 says so.
    package struct Settings: Hashable, Sendable {
        /// How much faster than upstream the slow timers run; 1 is upstream.
        package var pace = 1
        /// Whether this node takes part in peer sharing.
        package var sharesPeers = true
        package var consensusMode = ConsensusMode.praos
        /// In Genesis, targets while the ledger is too old; a relay's by default (O§13).
        package var syncTargets = Targets(
            known: 150,
            established: 10,
            active: 5,
            knownBigLedger: 100,
            establishedBigLedger: 40,
            activeBigLedger: 30
        )
        /// Targets of a node that is caught up, which Genesis puts in the place of the former.
        package var deadlineTargets = Targets(
            root: 60,
            known: 150,
            established: 30,
            active: 20,
            knownBigLedger: 15,
            establishedBigLedger: 10,
            activeBigLedger: 5
        )
        /// Active big ledger peers that make a Genesis node trust its company (O§3.12).
        package var minBigLedgerPeersForTrustedState = 5
        package init() {}
    }

    /// A group of local roots, its access points resolved to handles.
    ///
    /// Source: O§1.3.
    package struct LocalRootGroup: Hashable, Sendable {
        package var members: [PeerID]
        package var hotValency: Int
        package var warmValency: Int
        package var advertise = false
        package var trustable = false
        package var behindFirewall = false
        package var diffusionMode = DiffusionMode.initiatorAndResponder

        package init(members: [PeerID], hotValency: Int, warmValency: Int) {
            self.members = members
            self.hotValency = hotValency
            self.warmValency = warmValency
        }
    }

    /// A peer that a root request found.
    package struct Root: Hashable, Sendable {
        package var peer: PeerID
        package var advertise: Bool
        package var kind: Kind
        package init(peer: PeerID, advertise: Bool, kind: Kind = .configured) {
            self.peer = peer
            self.advertise = advertise
            self.kind = kind
        }

        /// Which set of public roots it joins (O§2.1).
        package enum Kind: Hashable, Sendable, CaseIterable {
            case configured, bootstrap, ledger, bigLedger
        }
    }

    /// What peer metrics say of a peer; nothing yet for most.
    ///
    /// Source: O§3.5, O§5.1.
    package struct Score: Hashable, Sendable {
        /// Upstreamyness and fetchyness, or bytes fetched, as the fetch mode asks.
        package var value = 0
        /// The slot at which it was first reported, while that is remembered.
        package var joinedSlot: UInt64?
        package init(value: Int = 0, joinedSlot: UInt64? = nil) {
            self.value = value
            self.joinedSlot = joinedSlot
        }
    }

    /// What an observer of an established connection reports (O§3.9).
    package enum Status: Hashable, Sendable {
        /// A hot protocol ended by itself; the connection lives.
        case warm
        /// The outbound side is over; the connection is not yet free.
        case cooling
        case cold(CloseReason)
    }

    package enum Input: Hashable, Sendable {
        /// New targets; insane ones are ignored (O§3.2).
        case targets(Targets)
        /// Configured groups, in file order, resolved so far (O§3.7).
        case localRoots([LocalRootGroup])

        case publicRoots([Root], retryAfter: Duration)
        case publicRootsFailed
        /// Answers `.requestBigLedgerPeers` (O§3.6.3).
        case bigLedgerPeers([Root], retryAfter: Duration)
        case bigLedgerPeersFailed

        /// Whether the node's ledger is recent enough (O§3.11); too old until said otherwise.
        case ledgerState(LedgerState)
        /// Whether bootstrap peers are configured: nil when they are not used, else their number;
        /// another edition is another list of them.
        case bootstrapPeers(count: Int?, edition: Int = 0)
        /// Another snapshot of big ledger peers was loaded (O§3.4 row 3).
        case snapshotChanged

        /// What the address book drew for `.drawFromBook`; empty when it had nobody new.
        case drawn([PeerID])
        /// Whom routing found: nodes near in id, told of by peers that were asked (design §17.15).
        case routed([PeerID])
        /// A seed answered `.askSeed` (its addresses are in the book by now), or none could.
        case seedAnswered(newCount: Int)
        case seedFailed

        /// What a peer answered to `.ask`: peers with an address one may dial.
        case shared(by: PeerID, [PeerID])
        case shareFailed(by: PeerID)

        /// All mature duplex inbound peers (O§7.5), with whether each takes part in peer sharing.
        case inbound([PeerID: Bool])
        /// What peer metrics now say of a peer; it decides who is demoted from hot first.
        case scored(PeerID, Score)

        // Completions of jobs; each answers the effect of the same name.
        /// `canBeHot` is false for a peer without 0x70: it stays warm (design §4).
        case promotedCold(PeerID, sharesPeers: Bool, canBeHot: Bool = true)
        case promoteColdFailed(PeerID, CloseReason)
        case promotedWarm(PeerID)
        case promoteWarmFailed(PeerID, CloseReason)
        case demotedHot(PeerID)
        case demoteHotFailed(PeerID)
        case demotedWarm(PeerID)
        case demoteWarmFailed(PeerID)

        /// An established peer changed by itself; `delay` before it may be used again (O§3.9).
        case observed(PeerID, Status, delay: Duration?)
        /// `other` turned out to be `peer`: local root wins, the higher temperature stays.
        case merged(PeerID, other: PeerID)
        /// The peer is banned, or no peer at all (ourselves): forget it and do not learn it again
        /// from this input on until it is offered anew.
        case forget(PeerID, Reason)
        case deadline
    }

    package enum Effect: Hashable, Sendable {
        // Jobs, each answered by one completion.
        case promoteCold(PeerID, mode: DiffusionMode, dials: Bool)
        case promoteWarm(PeerID)
        case demoteHot(PeerID)
        case demoteWarm(PeerID)
        case requestPublicRoots(Int)
        case requestBigLedgerPeers(Int)
        /// Up to this many dialable addresses that are not in the known set.
        case drawFromBook(Int)
        case askSeed
        case ask(PeerID, amount: Int)
        /// A temperature changed; the node adds who and where and puts it on record.
        case transition(PeerID, from: Temperature, to: Temperature, Reason, PeerSource)
        case targetsChanged(Targets)
        /// The sensitive state began or ended, or has nobody left but trusted peers.
        case trustChanged(Trust)
        /// The sensitive state could not be reached in time: the node must end (O§3.11).
        case bootstrapTimedOut
    }
}
