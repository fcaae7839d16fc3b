import WarrenObservation

extension Governor {
    /// How many peers of one set are in which state.
    package struct Tally: Hashable, Sendable {
        package internal(set) var known = 0
        package internal(set) var established = 0
        package internal(set) var active = 0
        package internal(set) var coldPromotions = 0
        package internal(set) var warmPromotions = 0
        package internal(set) var warmDemotions = 0
        package internal(set) var hotDemotions = 0
        /// On their way to cold by themselves.
        package internal(set) var cooling = 0
        /// Cold and free to be dialed.
        var dialable = 0
        /// Warm and free to be made hot.
        var ready = 0
        /// Free to be asked for peers.
        var askable = 0

        package var cold: Int { known - established }
        package var warm: Int { established - active }
        package var hot: Int { active }

        var idleCold: Int { cold - coldPromotions }
        var idleWarm: Int { warm - warmPromotions - warmDemotions - cooling }
        var idleHot: Int { active - hotDemotions }

        init() {}

        init(_ row: KnownPeer) {
            known = 1
            askable = row.isAskable ? 1 : 0
            switch row.phase {
            case .cold(let cold):
                switch cold {
                case .available: dialable = 1
                case .waiting: break
                case .promoting: coldPromotions = 1
                }
            case .warm(let warm):
                established = 1
                switch warm {
                case .idle: ready = 1
                case .resting: break
                case .promoting: warmPromotions = 1
                case .demoting: warmDemotions = 1
                case .cooling: cooling = 1
                }
            case .hot(let hot):
                established = 1
                active = 1
                if case .demoting = hot { hotDemotions = 1 }
            }
        }

        mutating func add(_ other: Tally, times sign: Int = 1) {
            known += sign * other.known
            established += sign * other.established
            active += sign * other.active
            coldPromotions += sign * other.coldPromotions
            warmPromotions += sign * other.warmPromotions
            warmDemotions += sign * other.warmDemotions
            hotDemotions += sign * other.hotDemotions
            cooling += sign * other.cooling
            dialable += sign * other.dialable
            ready += sign * other.ready
            askable += sign * other.askable
        }

        static func - (lhs: Tally, rhs: Tally) -> Tally {
            var difference = lhs
            difference.add(rhs, times: -1)
            return difference
        }
    }

    /// Tallies of every set that a decision asks about, kept with each change of a row.
    struct Census: Hashable, Sendable {
        /// All but big ledger peers.
        var ordinary = Tally()
        var bigLedger = Tally()
        var local = Tally()
        /// Public roots of every kind but big ledger peers.
        var publicRoots = Tally()
        var bootstrap = Tally()
        /// Known peers that nobody is to be told of.
        var withheldCount = 0
        /// By local root group.
        var groups: [Tally] = []

        var nonRoots: Tally { ordinary - local - publicRoots }

        /// What the root target counts (O§3.1).
        var rootCount: Int { local.known + publicRoots.known + bigLedger.known }

        var hotDemotions: Int { ordinary.hotDemotions + bigLedger.hotDemotions }

        subscript(population: Population) -> Tally {
            switch population {
            case .ordinary: ordinary
            case .bigLedger: bigLedger
            }
        }

        mutating func count(_ row: KnownPeer, times sign: Int) {
            let tally = Tally(row)
            if row.advertise == .withheld { withheldCount += sign }
            switch row.standing {
            case .local(let group):
                ordinary.add(tally, times: sign)
                local.add(tally, times: sign)
                groups[group].add(tally, times: sign)
            case .root(.bigLedger): bigLedger.add(tally, times: sign)
            case .root(.bootstrap):
                ordinary.add(tally, times: sign)
                publicRoots.add(tally, times: sign)
                bootstrap.add(tally, times: sign)
            case .root(.configured), .root(.ledger):
                ordinary.add(tally, times: sign)
                publicRoots.add(tally, times: sign)
            case .nonRoot: ordinary.add(tally, times: sign)
            }
        }
    }

    /// The governor's counters.
    ///
    /// Source: O§10.2; the swap of warm and hot local roots is not kept (O§12, Q2).
    package struct Counters: Hashable, Sendable {
        package var rootCount: Int
        /// All but big ledger peers.
        package var peers: Tally
        package var bigLedger: Tally
        package var localRoots: Tally
        package var nonRoots: Tally
        package var bootstrap: Tally
        /// Peers that were asked for peers and did not answer yet.
        package var shareRequests: Int
    }

    /// How many known peers nobody is to be told of.
    package var withheldCount: Int { census.withheldCount }

    package var counters: Counters {
        Counters(
            rootCount: census.rootCount,
            peers: census.ordinary,
            bigLedger: census.bigLedger,
            localRoots: census.local,
            nonRoots: census.nonRoots,
            bootstrap: census.bootstrap,
            shareRequests: shareRequestCount
        )
    }

    func target(_ target: Reason.Target) -> Int {
        switch target {
        case .known: targets.known
        case .established: targets.established
        case .active: targets.active
        case .knownBigLedger: targets.knownBigLedger
        case .establishedBigLedger: targets.establishedBigLedger
        case .activeBigLedger: targets.activeBigLedger
        }
    }
}
