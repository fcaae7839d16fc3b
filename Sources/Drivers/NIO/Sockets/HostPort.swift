import Glibc
import NIOCore
package import WarrenPrimitives

/// Our own socket address, where NIO's has the same name.
package typealias HostPort = WarrenPrimitives.SocketAddress

extension HostPort {
    /// As the operating system takes it.
    var system: NIOCore.SocketAddress {
        if let v4 = ip.v4 {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = v4.bigEndian
            return .init(address)
        }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        let halves = [ip.high >> 32, ip.high, ip.low >> 32, ip.low].map {
            UInt32(truncatingIfNeeded: $0).bigEndian
        }
        address.sin6_addr.__in6_u.__u6_addr32 = (halves[0], halves[1], halves[2], halves[3])
        return .init(address)
    }

    /// Nil for sockets that are no IP sockets.
    init?(_ system: NIOCore.SocketAddress) {
        switch system {
        case .v4(let address):
            self.init(
                ip: IPAddress(v4: UInt32(bigEndian: address.address.sin_addr.s_addr)),
                port: UInt16(bigEndian: address.address.sin_port)
            )
        case .v6(let address):
            let words = unsafe address.address.sin6_addr.__in6_u.__u6_addr32
            func half(_ first: UInt32, _ second: UInt32) -> UInt64 {
                UInt64(UInt32(bigEndian: first)) << 32 | UInt64(UInt32(bigEndian: second))
            }
            self.init(
                ip: IPAddress(high: half(words.0, words.1), low: half(words.2, words.3)),
                port: UInt16(bigEndian: address.address.sin6_port)
            )
        case .unixDomainSocket: return nil
        }
    }
}
