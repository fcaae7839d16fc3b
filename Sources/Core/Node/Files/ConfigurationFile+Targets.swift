import WarrenObservation
import WarrenPrimitives

// MARK: - How many peers are wanted

extension NodeConfiguration {
    /// Upstream's deadline targets for a role.
    ///
    /// Source: O§1.7.
    static func defaultTargets(for role: Role) -> Targets {
        var targets = NodeConfiguration().targets
        switch role {
        case .blockProducer:
            targets.root = 100
            targets.known = 100
        case .relay, .seed: break
        }
        return targets
    }

    mutating func readTargets(_ reader: inout MapReader) {
        targets = Self.readTargets(
            Self.defaultTargets(for: role),
            named: \.rawValue,
            &reader
        )
        syncTargets = Self.readTargets(syncTargets, named: \.syncKey, &reader)
        trustedBigLedgerLimit =
            reader.integer(
                "MinBigLedgerPeersForTrustedState",
                in: 0...TargetKey.activeBig.limit
            ) ?? trustedBigLedgerLimit
    }

    private static func readTargets(
        _ defaults: Targets,
        named name: (TargetKey) -> String,
        _ reader: inout MapReader
    ) -> Targets {
        var targets = defaults
        for key in TargetKey.allCases {
            let value = reader.integer(name(key), in: 0...key.limit)
            if let value { targets[keyPath: key.path] = value }
        }
        for (lower, upper) in TargetKey.order
        where targets[keyPath: lower.path] > targets[keyPath: upper.path] {
            // Blame the one of the two that the file says.
            let place = reader.value(name(lower)) ?? reader.value(name(upper))
            let found = targets[keyPath: lower.path]
            let limit = targets[keyPath: upper.path]
            reader.withProblems { [place = reader.place(or: place)] in
                $0.add(
                    at: place,
                    "'\(name(lower))' is \(found), above '\(name(upper))' at \(limit)",
                    expected: "active ≤ established ≤ known, and root ≤ known"
                )
            }
        }
        return targets
    }
}

/// The keys of the targets, with their places in ``Targets``.
///
/// Source: O§1.7.
enum TargetKey: String, CaseIterable {
    case root = "TargetNumberOfRootPeers"
    case known = "TargetNumberOfKnownPeers"
    case established = "TargetNumberOfEstablishedPeers"
    case active = "TargetNumberOfActivePeers"
    case knownBig = "TargetNumberOfKnownBigLedgerPeers"
    case establishedBig = "TargetNumberOfEstablishedBigLedgerPeers"
    case activeBig = "TargetNumberOfActiveBigLedgerPeers"

    /// The same target for a node in Genesis mode that is not caught up.
    var syncKey: String { "Sync" + rawValue }

    /// What must not be above what.
    ///
    /// Source: O§3.2.
    static let order: [(TargetKey, TargetKey)] = [
        (.active, .established), (.established, .known), (.root, .known),
        (.activeBig, .establishedBig), (.establishedBig, .knownBig),
    ]

    var path: WritableKeyPath<Targets, Int> {
        switch self {
        case .root: \.root
        case .known: \.known
        case .established: \.established
        case .active: \.active
        case .knownBig: \.knownBigLedger
        case .establishedBig: \.establishedBigLedger
        case .activeBig: \.activeBigLedger
        }
    }

    /// Source: O§3.2.
    var limit: Int {
        switch self {
        case .root, .known, .knownBig: 10_000
        case .established, .establishedBig: 1000
        case .active, .activeBig: 100
        }
    }
}
