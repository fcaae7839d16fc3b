package import NIOCore
package import WarrenPrimitives

/// Our own socket address, where NIO's has the same name.
package typealias HostPort = WarrenPrimitives.SocketAddress

extension HostPort {
    /// As the operating system takes it.
    package var system: NIOCore.SocketAddress {
        // An address that was printed is one that reads back.
        guard let address = try? NIOCore.SocketAddress(ipAddress: "\(ip)", port: Int(port)) else {
            preconditionFailure("\(self) is no address of a socket")
        }
        return address
    }

    /// Nil for sockets that are no IP sockets.
    package init?(_ system: NIOCore.SocketAddress) {
        guard let ip = system.ipAddress.flatMap(IPAddress.init),
            let port = system.port.flatMap(UInt16.init(exactly:))
        else { return nil }
        self.init(ip: ip, port: port)
    }
}
