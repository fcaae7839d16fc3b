package import WarrenObservation
package import WarrenPrimitives

extension Governor {
    /// What the governor remembers of a peer.
    ///
    /// Source: O§2.3. A peer has one phase and one standing, so that most invariants of O§2.2
    /// (I2-I4, I6, I8, I9, I13) hold by the shape of this type.
    package struct KnownPeer: Hashable, Sendable {
        package internal(set) var phase = Phase.cold(.available)
        package internal(set) var standing: Standing
        /// What first made it known.
        package let origin: PeerSource
        package internal(set) var failCount = 0
        /// It was hot once since it was connected.
        package internal(set) var isTepid = false
        package internal(set) var sharing = Sharing.unknown
        package internal(set) var advertise: Advertise
        /// It was connected at least once, by either side.
        package internal(set) var hasConnected = false
        package internal(set) var asking = Asking.never
        package internal(set) var lastAskedAt: Instant?
        /// When its failures are forgiven.
        package internal(set) var forgivenAt: Instant?
        package internal(set) var score = Score()
        /// The last change of temperature: when and why.
        package internal(set) var changedAt: Instant
        package internal(set) var lastReason = Reason.learnt

        package var temperature: Temperature { phase.temperature }

        /// Where it came from, to be shown; being a local root outshines the rest.
        package var source: PeerSource {
            if case .local = standing { .localRoot } else { origin }
        }

        package var group: Int? {
            if case .local(let group) = standing { group } else { nil }
        }

        /// When it may be dialed or made hot, if that is still to come.
        package var nextAttemptAt: Instant? {
            switch phase {
            case .cold(.waiting(let until)): until
            case .warm(.resting(let until)): until == .distantFuture ? nil : until
            case .cold(.available), .cold(.promoting), .warm(.idle), .warm(.promoting),
                .warm(.demoting), .warm(.cooling), .hot:
                nil
            }
        }

        /// Whether an answer on the exchange channel may name it.
        ///
        /// Upstream names those that said they do not share as well (O§2.3), against its own property
        /// `no_peershare_unwilling` (O§11.2). Who is not willing is neither asked nor told of here.
        package var isShareable: Bool {
            advertise == .advertised && hasConnected && failCount == 0 && sharing != .disabled
        }
    }

    /// How far a peer is used, and what is under way with it.
    ///
    /// Each reason is the one that the transition will carry.
    package enum Phase: Hashable, Sendable {
        case cold(Cold)
        case warm(Warm)
        case hot(Hot)

        package enum Cold: Hashable, Sendable {
            case available
            case waiting(until: Instant)
            case promoting(Reason)
        }

        package enum Warm: Hashable, Sendable {
            case idle
            /// Not to be made hot before then (O§3.9).
            case resting(until: Instant)
            case promoting(Reason)
            case demoting(Reason)
            /// Its outbound side ended by itself; it is left alone until it is cold.
            case cooling
        }

        package enum Hot: Hashable, Sendable {
            case idle
            case demoting(Reason)
        }

        package var temperature: Temperature {
            switch self {
            case .cold: .cold
            case .warm: .warm
            case .hot: .hot
            }
        }

        /// The temperature that the job under way leads to, if there is one.
        package var destination: Temperature? {
            switch self {
            case .cold(.promoting), .hot(.demoting): .warm
            case .warm(.promoting): .hot
            case .warm(.demoting), .warm(.cooling): .cold
            case .cold(.available), .cold(.waiting), .warm(.idle), .warm(.resting), .hot(.idle): nil
            }
        }
    }

    /// Which set of peers it belongs to; exactly one.
    ///
    /// Source: O§2.1.
    package enum Standing: Hashable, Sendable {
        case local(group: Int)
        case root(Root.Kind)
        case nonRoot

        /// Where two claims meet, the lower rank wins (O§2.2, I3 and I4).
        var rank: Int {
            switch self {
            case .local: 0
            case .root(.configured): 1
            case .root(.bootstrap): 2
            case .root(.ledger): 3
            case .root(.bigLedger): 4
            case .nonRoot: 5
            }
        }

        /// Whether failures may make the governor forget it (O§3.8.1).
        var isForgettable: Bool {
            switch self {
            case .local, .root(.configured), .root(.bootstrap): false
            case .root(.ledger), .root(.bigLedger), .nonRoot: true
            }
        }
    }

    /// Peers with targets of their own.
    enum Population {
        case ordinary, bigLedger
    }

    package enum Sharing: Hashable, Sendable {
        case unknown, enabled, disabled
    }

    package enum Advertise: Hashable, Sendable {
        case unknown, advertised, withheld
    }

    /// Whether a peer may be asked for peers; only while established and sharing.
    package enum Asking: Hashable, Sendable {
        case never
        case waiting(until: Instant)
        case available
    }
}

extension Governor.KnownPeer {
    var population: Governor.Population {
        standing == .root(.bigLedger) ? .bigLedger : .ordinary
    }

    var isLocal: Bool { group != nil }

    /// Cold, and neither waiting nor being promoted.
    var isDialable: Bool { phase == .cold(.available) }

    /// Warm, and free to be made hot.
    var isReady: Bool { phase == .warm(.idle) }

    /// Cold, and not being promoted.
    var isIdleCold: Bool {
        switch phase {
        case .cold(.available), .cold(.waiting): true
        case .cold(.promoting), .warm, .hot: false
        }
    }

    /// Warm, and nothing under way.
    var isIdleWarm: Bool {
        switch phase {
        case .warm(.idle), .warm(.resting): true
        case .warm(.promoting), .warm(.demoting), .warm(.cooling), .cold, .hot: false
        }
    }

    var isAskable: Bool { asking == .available && phase != .warm(.cooling) }
}

extension Governor.Root.Kind {
    var source: PeerSource {
        switch self {
        case .configured: .publicRoot
        case .bootstrap: .bootstrap
        case .ledger: .ledger
        case .bigLedger: .bigLedger
        }
    }
}
