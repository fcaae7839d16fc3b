package import WarrenObservation
package import WarrenPrimitives

extension Circle {
    /// What configuration asks for, its access points resolved to handles.
    package struct Configured: Hashable, Sendable {
        /// Local roots, by place in the file; each is to be connected for ever.
        package var groups: [Governor.LocalRootGroup]
        /// Dialed by the switch, which keeps them connected (C§5.2).
        package var persistent: [PeerID]
        /// Public roots: places to try when nobody else is known.
        package var roots: [PeerID]

        package init(
            groups: [Governor.LocalRootGroup] = [],
            persistent: [PeerID] = [],
            roots: [PeerID] = []
        ) {
            self.groups = groups
            self.persistent = persistent
            self.roots = roots
        }
    }

    /// What both policies of a circle are told.
    package enum Input: Hashable, Sendable {
        /// The sockets listen; `isBusy` when peers are connected or about to be dialed.
        case start(isBusy: Bool)
        case configured(Configured)
        /// A connection stands; nothing is used on it yet.
        case connected(PeerID, isOutbound: Bool)
        /// It said hello, or never will: then `canBeHot` is false (design §4).
        case ready(PeerID, canBeHot: Bool, sharesPeers: Bool, bookNeedsMore: Bool)
        /// Answers `.dial`; `isGivenUp` when the book has banned it for that (C§7.6).
        case dialFailed(PeerID, CloseReason, isGivenUp: Bool)
        case disconnected(PeerID, CloseReason)
        /// Answers `.drawFromBook`: whom to dial, and whether the book has too few addresses.
        case drawn([PeerID], bookNeedsMore: Bool)
        /// Peers that someone told of, all of them in the book; so many were new to it.
        case heard([PeerID], newCount: Int, source: PeerSource)
        /// Answers `.askSeed`.
        case seedAnswered(newCount: Int)
        case seedFailed
        /// `other` turned out to be `peer` (design §17.1).
        case merged(PeerID, other: PeerID)
        /// Banned, or no peer at all.
        case forget(PeerID, Reason)
        /// Time has passed; how many outbound connections and dials there are now (C§5.4).
        case deadline(outbound: Int, dialing: Int)
    }

    /// What both policies of a circle want.
    package enum Effect: Hashable, Sendable {
        /// Answered by `.connected` or `.dialFailed`.
        case dial(PeerID, mode: DiffusionMode)
        /// Announce that we use the peer so far: warm, or hot.
        case use(PeerID, Temperature)
        case hangUp(PeerID, CloseReason)
        /// Up to so many addresses of nodes that ``Circle/mayDial(_:)`` lets through; `outbound`
        /// connections stand, which decides how much new ones are preferred.
        case drawFromBook(Int, outbound: Int)
        case ask(PeerID)
        case askSeed
        /// A temperature changed; the node adds who and where and puts it on record.
        case transition(PeerID, from: Temperature, to: Temperature, Reason, PeerSource)
        case targetsChanged(Targets)
    }
}
