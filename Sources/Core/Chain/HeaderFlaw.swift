package import WarrenObservation
package import WarrenPrimitives

/// Why a header is not taken.
package enum HeaderFlaw: Error, Hashable, Sendable {
    case height(UInt64, expected: UInt64)
    case previous(Hash, expected: Hash)
    /// The slot is not greater than that of the block before.
    case slot(UInt64, after: UInt64)
    case bodySize(Int, limit: Int)
    case unknownProducer(Hash)
    case wrongLeader(Hash, slot: UInt64)
    /// The slot begins later than clocks may differ.
    case futureSlot(UInt64)
    case badSignature
    /// It leaves our chain below the anchor, which is at this height.
    case forkTooDeep(height: UInt64, anchor: UInt64)
    /// The block before it has a body that breaks the rules, whoever delivers it.
    case onRefused(Hash)

    /// Why the connection ends to a peer that sent such a header.
    package var reason: CloseReason {
        switch self {
        case .height, .previous, .slot, .bodySize, .onRefused: .badHeader
        case .unknownProducer, .wrongLeader: .wrongLeader
        case .futureSlot: .futureSlot
        case .badSignature: .badBlockSignature
        case .forkTooDeep: .forkTooDeep
        }
    }
}

extension ChainRules {
    /// Checks all rules for a header: the cheap ones first, its signature last.
    ///
    /// `previous` is the block that it must stand on; nil for the genesis.
    package func check(
        _ header: Header,
        on previous: Header?,
        leaders: LeaderSchedule,
        now: Instant
    ) throws(HeaderFlaw) {
        let (expected, overflow) = (previous?.height ?? 0).addingReportingOverflow(1)
        guard !overflow, header.height == expected else {
            throw .height(header.height, expected: expected)
        }
        let base = previous?.id ?? genesisID
        guard header.previous == base else { throw .previous(header.previous, expected: base) }
        if let previous, header.slot <= previous.slot {
            throw .slot(header.slot, after: previous.slot)
        }
        let limit = min(bodyByteLimit, Body.byteLimit)
        guard header.bodySize <= limit else { throw .bodySize(header.bodySize, limit: limit) }
        guard let beginning = beginning(of: header.slot), beginning <= now.advanced(by: skewLimit)
        else { throw .futureSlot(header.slot) }
        guard leaders.knows(header.producer) else { throw .unknownProducer(header.producer) }
        guard leaders.leads(header.producer, slot: header.slot) else {
            throw .wrongLeader(header.producer, slot: header.slot)
        }
        guard header.isSigned else { throw .badSignature }
    }
}
