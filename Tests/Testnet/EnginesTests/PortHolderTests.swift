import Glibc
import Testing
import WarrenEngines
import WarrenPrimitives

/// Who holds an address, on a machine with more sockets than one page of the system's table shows.
struct PortHolderTests {
    /// Sockets of this process that listen.
    private final class Crowd {
        private var files: [Int32] = []
        private(set) var addresses: [SocketAddress] = []

        /// Listens on `count` addresses of 127.201.0.0/16, at ports that the system picks.
        init(_ count: Int) throws {
            for number in 0..<count {
                let ip = 0x7FC9_0001 + UInt32(number)
                let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                files.append(file)
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_addr.s_addr = ip.bigEndian
                var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                        guard unsafe bind(file, address, size) == 0, listen(file, 1) == 0 else {
                            return errno
                        }
                        return unsafe getsockname(file, address, &size)
                    }
                }
                try #require(code == 0)
                let port = UInt16(bigEndian: address.sin_port)
                addresses.append(SocketAddress(ip: IPAddress(v4: ip), port: port))
            }
        }

        deinit { for file in files { close(file) } }
    }

    @Test func `the holder of an address is found among hundreds of sockets`() throws {
        let crowd = try Crowd(400)
        for address in [crowd.addresses.first, crowd.addresses.last].compactMap(\.self) {
            let taken = try #require(PortHolder.firstTaken(among: [address]))
            #expect(taken.address == address)
            #expect(taken.holder.contains("(process \(getpid()))"), "\(taken.holder)")
        }
    }

    @Test func `an address that nobody holds is free`() throws {
        let address = try #require(try Crowd(1).addresses.first)
        #expect(PortHolder.firstTaken(among: [address]) == nil)
    }
}
