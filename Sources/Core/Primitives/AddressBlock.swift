/// A block of IP addresses that share their first bits, written `10.0.0.0/8`.
///
/// An IPv4 block holds IPv4-mapped addresses too; an IPv6 block never holds IPv4, as in Go.
package struct AddressBlock: Hashable, Sendable {
    package let base: IPAddress
    /// How many first bits must agree: of 32 for IPv4, of 128 for IPv6.
    package let length: Int

    /// Nil if `length` is out of range; bits past it are cleared.
    package init?(_ ip: IPAddress, length: Int) {
        guard length >= 0, length <= (ip.v4 == nil ? 128 : 32) else { return nil }
        self.length = length
        base = ip.masked(to: ip.v4 == nil ? length : 96 + length)
    }

    package func contains(_ ip: IPAddress) -> Bool {
        let isV4 = base.v4 != nil
        guard isV4 == (ip.v4 != nil) else { return false }
        return ip.masked(to: isV4 ? 96 + length : length) == base
    }
}

extension AddressBlock: CustomStringConvertible, LosslessStringConvertible {
    package var description: String { "\(base)/\(length)" }

    /// Reads `address/length`; an address alone is a block of one.
    package init?(_ text: String) {
        let pieces = text.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count <= 2, let ip = pieces.first.flatMap({ IPAddress(String($0)) }) else {
            return nil
        }
        guard pieces.count == 2 else {
            self.init(ip, length: ip.v4 == nil ? 128 : 32)
            return
        }
        guard pieces[1].utf8.allSatisfy({ $0 != UInt8(ascii: "+") }), let length = Int(pieces[1])
        else { return nil }
        self.init(ip, length: length)
    }
}

extension IPAddress {
    /// The address with all but its first `bits` of 128 cleared.
    package func masked(to bits: Int) -> IPAddress {
        func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : .max << UInt64(max(0, 64 - bits)) }
        return IPAddress(high: high & mask(min(bits, 64)), low: low & mask(bits - 64))
    }
}
