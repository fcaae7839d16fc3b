import WarrenPrimitives

/// Where a connection stands in the connection manager.
///
/// ```
///              dial                          accept
///  unknown ──────────▶ reserved            unknown ──▶ unnegotiated in
///                         │ connected                      │ hello
///                         ▼                                ▼
///                 unnegotiated out              in idle ◀────▶ in
///                  hello │                         │ ▲        │ ▲
///            ┌───────────┴───────┐                 ▼ │        ▼ │
///         out uni        out dup, ticking ◀──▶ (in idle) ▶ duplex ◀── out dup, either
///            ▼                   ▼ 5 s                 idle for 5 s
///      out idle ◀───── out dup, expired          in idle ─────────▶ terminating
///            └────────────── 5 s ────────────────────────────────▶ terminating ─ 60 s ▶ terminated
/// ```
///
/// Source: O§6.2.
package enum ConnectionState: Hashable, Sendable {
    /// Not in the table.
    case unknown
    /// A place is taken; the dial is under way.
    case reservedOutbound
    /// The socket stands; the handshake, up to the peer's Hello, is under way.
    case unnegotiated(Provenance)
    /// We use it; the peer may not.
    case outboundUni
    /// We use it, and the peer may.
    case outboundDup(Clock)
    /// We are done with it; it waits for the peer, or for the end.
    case outboundIdle(DataFlow)
    /// Nobody uses it; the peer may.
    case inboundIdle(DataFlow)
    /// The peer uses it.
    case inbound(DataFlow)
    /// Both use it.
    case duplex
    /// Closed; its end is held back for a while.
    case terminating
    case terminated

    package enum Provenance: Hashable, Sendable { case outbound, inbound }

    /// Duplex if both ends said that they initiate and respond (O§6.1).
    package enum DataFlow: Hashable, Sendable { case unidirectional, duplex }

    /// Whether the peer still has time to begin to use a connection that we use.
    package enum Clock: Hashable, Sendable { case ticking, expired }
}

extension ConnectionState: CaseIterable {
    package static let allCases: [ConnectionState] = [
        .unknown, .reservedOutbound, .unnegotiated(.outbound), .unnegotiated(.inbound),
        .outboundUni, .outboundDup(.ticking), .outboundDup(.expired),
        .outboundIdle(.unidirectional), .outboundIdle(.duplex), .inboundIdle(.unidirectional),
        .inboundIdle(.duplex), .inbound(.unidirectional), .inbound(.duplex), .duplex,
        .terminating, .terminated,
    ]
}

extension ConnectionState: LosslessStringConvertible, Codable {
    package init?(_ text: String) {
        guard let state = Self.allCases.first(where: { $0.description == text }) else { return nil }
        self = state
    }

    package init(from decoder: any Decoder) throws {
        self = try decoder.valueOfText("state of a connection", expected: "one of O§6.2's")
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encodeText(self) }

    package var description: String {
        switch self {
        case .unknown: "unknown"
        case .reservedOutbound: "reservedOutbound"
        case .unnegotiated(.outbound): "unnegotiatedOutbound"
        case .unnegotiated(.inbound): "unnegotiatedInbound"
        case .outboundUni: "outboundUni"
        case .outboundDup(.ticking): "outboundDupTicking"
        case .outboundDup(.expired): "outboundDupExpired"
        case .outboundIdle(.unidirectional): "outboundIdleUni"
        case .outboundIdle(.duplex): "outboundIdleDup"
        case .inboundIdle(.unidirectional): "inboundIdleUni"
        case .inboundIdle(.duplex): "inboundIdleDup"
        case .inbound(.unidirectional): "inboundUni"
        case .inbound(.duplex): "inboundDup"
        case .duplex: "duplex"
        case .terminating: "terminating"
        case .terminated: "terminated"
        }
    }
}

// MARK: - What a state means

extension ConnectionState {
    /// Our side has it, or is about to (O§6.2).
    package var isUsedOutbound: Bool {
        switch self {
        case .reservedOutbound, .unnegotiated(.outbound), .outboundUni, .outboundDup, .duplex: true
        case .unknown, .unnegotiated(.inbound), .outboundIdle, .inboundIdle, .inbound,
            .terminating, .terminated:
            false
        }
    }

    /// The peer that was demoted here is not cold yet (O§3.13).
    package var isHeldOutbound: Bool {
        switch self {
        case .outboundIdle, .terminating: true
        case .unknown, .reservedOutbound, .unnegotiated, .outboundUni, .outboundDup, .inboundIdle,
            .inbound, .duplex, .terminated:
            isUsedOutbound
        }
    }

    /// It counts for the limit on inbound connections (O§6.2).
    package var isCountedInbound: Bool {
        switch self {
        case .unnegotiated(.inbound), .inboundIdle, .inbound, .duplex: true
        case .unknown, .reservedOutbound, .unnegotiated(.outbound), .outboundUni, .outboundDup,
            .outboundIdle, .terminating, .terminated:
            false
        }
    }

    /// What the handshake settled; nil before and after.
    package var dataFlow: DataFlow? {
        switch self {
        case .outboundUni: .unidirectional
        case .outboundDup, .duplex: .duplex
        case .outboundIdle(let flow), .inboundIdle(let flow), .inbound(let flow): flow
        case .unknown, .reservedOutbound, .unnegotiated, .terminating, .terminated: nil
        }
    }

    package var isNegotiated: Bool { dataFlow != nil }
}

// MARK: - The table

extension ConnectionState {
    /// Whether a connection may go from one state to the other.
    ///
    /// The one table of what is possible: the machine asserts it, tests and recordings are judged by
    /// it. Source: O§6.3.
    package static func permits(from: ConnectionState, to: ConnectionState) -> Bool {
        // Whatever happens, a connection may end, and leave the table; but only once.
        if to == .terminated || to == .unknown { return from != to }
        return from.successors.contains(to)
    }

    /// Where it may go from here, besides ending.
    private var successors: [ConnectionState] {
        switch self {
        case .unknown, .terminated: [.reservedOutbound, .unnegotiated(.inbound)]
        case .reservedOutbound: [.unnegotiated(.outbound), .unnegotiated(.inbound)]
        case .unnegotiated(.outbound):
            [
                .outboundUni, .outboundDup(.ticking), .inboundIdle(.duplex),
                .inboundIdle(.unidirectional), .unnegotiated(.inbound), .terminating,
            ]
        case .unnegotiated(.inbound):
            [
                .inboundIdle(.duplex), .inboundIdle(.unidirectional), .unnegotiated(.outbound),
                .terminating,
            ]
        case .outboundUni: [.outboundIdle(.unidirectional)]
        case .outboundDup(.ticking): [self, .outboundDup(.expired), .inboundIdle(.duplex), .duplex]
        case .outboundDup(.expired): [self, .outboundIdle(.duplex), .duplex]
        case .outboundIdle(.unidirectional): [self, .terminating]
        case .outboundIdle(.duplex): [self, .inbound(.duplex), .terminating]
        case .inboundIdle(.unidirectional):
            [.outboundUni, .inbound(.unidirectional), .terminating]
        case .inboundIdle(.duplex):
            [self, .outboundDup(.ticking), .inbound(.duplex), .terminating]
        case .inbound(.unidirectional): [.inboundIdle(.unidirectional)]
        case .inbound(.duplex): [.inboundIdle(.duplex), .duplex]
        case .duplex: [.inbound(.duplex), .outboundDup(.ticking)]
        case .terminating: [.unnegotiated(.inbound)]
        }
    }
}
