package import WarrenObservation
package import WarrenPrimitives

extension Circle {
    /// What is remembered of one known peer.
    package struct Acquaintance: Hashable, Sendable {
        package internal(set) var phase = Phase.idle
        package internal(set) var standing: Standing
        /// What first made it known.
        package let origin: PeerSource
        /// Failed dials in a row, and connections that broke at once.
        package internal(set) var failCount = 0
        /// Takes part in peer sharing; meaningful while connected.
        package internal(set) var sharesPeers = false
        /// It said, when it was last connected, that it takes no part in peer sharing.
        package internal(set) var isUnwilling = false
        var connectedAt: Instant?

        package var temperature: Temperature { phase.temperature }

        /// Where it came from, to be shown; being configured outshines the rest.
        package var source: PeerSource {
            switch standing {
            case .kept: .localRoot
            case .root, .other: origin
            }
        }

        /// The place of its group in the topology, if it has one.
        package var group: Int? {
            switch standing {
            case .kept(let keeping): keeping.group
            case .root, .other: nil
            }
        }

        /// When it may be dialed, if that is still to come.
        package var nextAttemptAt: Instant? {
            switch phase {
            case .waiting(let until): until
            case .idle, .dialing, .joining, .warm, .hot: nil
            }
        }

        /// Whether an answer on the exchange channel may name it (see
        /// ``Governor/KnownPeer/isShareable``).
        package var isShareable: Bool { !isWithheld && !isUnwilling }

        /// True for a peer that its group keeps from being named to others.
        package var isWithheld: Bool {
            switch standing {
            case .kept(let keeping): !keeping.advertise
            case .root, .other: false
            }
        }
    }

    /// How far a peer is used, and what is under way with it.
    package enum Phase: Hashable, Sendable {
        case idle
        /// Not to be dialed before then.
        case waiting(until: Instant)
        case dialing(Reason)
        /// Connected, and not greeted yet.
        case joining(Reason)
        /// Connected to a peer without 0x70: as much as can be had (design §4).
        case warm
        case hot

        package var temperature: Temperature {
            switch self {
            case .idle, .waiting, .dialing, .joining: .cold
            case .warm: .warm
            case .hot: .hot
            }
        }

        /// True while a connection stands.
        package var isConnected: Bool {
            switch self {
            case .joining, .warm, .hot: true
            case .idle, .waiting, .dialing: false
            }
        }

        package var isDialing: Bool {
            switch self {
            case .dialing: true
            case .idle, .waiting, .joining, .warm, .hot: false
            }
        }
    }

    /// Why a peer is known at all.
    package enum Standing: Hashable, Sendable {
        /// To be connected for ever.
        case kept(Keeping)
        /// A public root.
        case root
        /// Heard of, drawn from the book, or a guest.
        case other
    }

    /// What configuration says of a peer that is to be connected for ever.
    package struct Keeping: Hashable, Sendable {
        package var group: Int?
        package var advertise: Bool
        package var mode: DiffusionMode
        /// False where somebody else dials: the switch a persistent peer, or the peer itself.
        package var isOursToDial: Bool
    }
}
