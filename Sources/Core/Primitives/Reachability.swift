// Which addresses mean something to other nodes, and which belong together. Source: C§1.3, C§6.3.

extension IPAddress {
    /// Whether the address can name a peer at all.
    ///
    /// Not: unspecified, documentation (RFC 3849), broadcast.
    package var isValid: Bool {
        !isUnspecified && !isDocumentation && v4 != .max
    }

    /// Loopback, or within 0.0.0.0/8.
    package var isLocal: Bool {
        if let v4 { return v4 >> 24 == 127 || v4 >> 24 == 0 }
        return high == 0 && low == 1
    }

    /// Whether peers elsewhere can dial it.
    ///
    /// Only what C§1.3 lists is unroutable; some reserved ranges count as routable on purpose.
    package var isRoutable: Bool {
        isValid && !isLocal && !isPrivate && !isLinkLocalV4 && !isLinkLocalV6 && !isUniqueLocal
            && !isOrchid
    }

    /// 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918).
    package var isPrivate: Bool {
        guard let v4 else { return false }
        return v4 >> 24 == 10 || v4 >> 20 == 0xAC1 || v4 >> 16 == 0xC0A8
    }

    /// 169.254.0.0/16 (RFC 3927).
    package var isLinkLocalV4: Bool { v4.map { $0 >> 16 == 0xA9FE } ?? false }

    /// 2001:db8::/32 (RFC 3849).
    package var isDocumentation: Bool { high >> 32 == 0x2001_0DB8 }

    /// 2002::/16: 6to4 (RFC 3964).
    package var is6to4: Bool { high >> 48 == 0x2002 }

    /// fc00::/7 (RFC 4193).
    package var isUniqueLocal: Bool { high >> 57 == 0xFC >> 1 }

    /// 2001::/32 (RFC 4380).
    package var isTeredo: Bool { high >> 32 == 0x2001_0000 }

    /// 2001:10::/28 (RFC 4843).
    package var isOrchid: Bool { high >> 36 == 0x200_1001 }

    /// fe80::/64: only that /64 of RFC 4862's /10, as upstream.
    package var isLinkLocalV6: Bool { high == 0xFE80_0000_0000_0000 }

    /// 64:ff9b::/96 (RFC 6052).
    package var isNAT64: Bool { high == 0x0064_FF9B_0000_0000 && low >> 32 == 0 }

    /// ::ffff:0:0:0/96 (RFC 6145).
    package var isTranslated: Bool { high == 0 && low >> 32 == 0xFFFF_0000 }

    /// fd87:d87e:eb43::/48.
    package var isOnionCat: Bool { high >> 16 == 0xFD87_D87E_EB43 }

    /// 2001:470::/32, a tunnel broker whose /36 blocks belong to different people.
    private var isTunnelBroker: Bool { high >> 32 == 0x2001_0470 }

    /// Which addresses are likely in one hand; the address book spreads over these.
    ///
    /// If `strict`, addresses that cannot be routed are lumped together.
    package func groupKey(strict: Bool) -> AddressGroup {
        if strict, isLocal { return .local }
        if strict, !isRoutable { return .unroutable }
        if let v4 { return .v4(UInt16(truncatingIfNeeded: v4 >> 16)) }
        if isTranslated || isNAT64 { return .v4(UInt16(truncatingIfNeeded: low >> 16)) }
        if is6to4 { return .v4(UInt16(truncatingIfNeeded: high >> 32)) }
        if isTeredo { return .v4(~UInt16(truncatingIfNeeded: low >> 16)) }
        if isOnionCat { return .onion(UInt8(truncatingIfNeeded: high >> 8) & 15) }
        return .v6(masked(to: isTunnelBroker ? 36 : 32))
    }
}

/// A group of addresses that are likely in one hand.
///
/// Source: C§6.3; printed as upstream's group keys.
package enum AddressGroup: Hashable, Sendable {
    case local
    case unroutable
    /// The first 16 bits of an IPv4 address.
    case v4(UInt16)
    /// The first 32 or 36 bits of an IPv6 address.
    case v6(IPAddress)
    /// Four bits of an OnionCat address.
    case onion(UInt8)

    /// Short bytes that differ whenever the groups do, for a keyed hash.
    package var bytes: [UInt8] {
        switch self {
        case .local: [0]
        case .unroutable: [1]
        case .v4(let bits): [2] + bits.bigEndianBytes
        case .v6(let ip): [3] + ip.high.bigEndianBytes
        case .onion(let bits): [4, bits]
        }
    }
}

extension AddressGroup: CustomStringConvertible {
    package var description: String {
        switch self {
        case .local: "local"
        case .unroutable: "unroutable"
        case .v4(let bits): IPAddress(v4: UInt32(bits) << 16).description
        case .v6(let ip): ip.description
        case .onion(let bits): "tor:\(bits)"
        }
    }
}

extension PeerAddress {
    package var isValid: Bool { socket.ip.isValid }
    package var isLocal: Bool { socket.ip.isLocal }
    package var isRoutable: Bool { socket.ip.isRoutable }
    package func groupKey(strict: Bool) -> AddressGroup { socket.ip.groupKey(strict: strict) }
}
