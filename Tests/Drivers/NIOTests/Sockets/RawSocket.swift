import Glibc
import WarrenPrimitives

/// A TCP client with blocking calls, each with a deadline: a peer driven by hand.
final class RawSocket {
    private let file: Int32

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What reading came to.
    enum Read: Equatable {
        case bytes([UInt8])
        case closed
        case nothing
    }

    /// With `receiveBuffer`, the kernel takes in about as many bytes ahead of the reader, no more;
    /// with `source` it comes from there, one of 127.0.0.0/8.
    init(to address: SocketAddress, from source: UInt32? = nil, receiveBuffer: Int32? = nil) throws
    {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo("\(address.ip)", "\(address.port)", &hints, &first) == 0,
            let entry = unsafe first
        else { throw Failure(description: "\(address) is no address") }
        defer { unsafe freeaddrinfo(first) }
        file = unsafe socket(entry.pointee.ai_family, entry.pointee.ai_socktype, 0)
        if var size = receiveBuffer {
            let length = socklen_t(MemoryLayout<Int32>.size)
            unsafe setsockopt(file, SOL_SOCKET, SO_RCVBUF, &size, length)
        }
        if let source {
            var own = sockaddr_in()
            own.sin_family = sa_family_t(AF_INET)
            own.sin_addr.s_addr = source.bigEndian
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = unsafe withUnsafePointer(to: &own) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(file, $0, length) == 0
                }
            }
            guard isBound else { throw Failure(description: "cannot come from there: \(errno)") }
        }
        guard unsafe connect(file, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 else {
            throw Failure(description: "\(address) cannot be reached: \(errno)")
        }
    }

    deinit { close(file) }

    /// False when the other end has hung up.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe send(
                    file,
                    $0.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Says that no more will be written.
    func endWriting() { shutdown(file, Int32(SHUT_WR)) }

    /// Waits for bytes or for the end, at most `limit`.
    func read(within limit: Duration) -> Read {
        var wait = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        let (seconds, attoseconds) = limit.components
        let milliseconds = Int32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
        guard unsafe poll(&wait, 1, milliseconds) > 0 else { return .nothing }
        var room = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(file, &room, room.count, 0)
        return count > 0 ? .bytes(Array(room.prefix(count))) : .closed
    }

    /// Reads to the end; nil if it does not come in time.
    func readToEnd(within limit: Duration) -> [UInt8]? {
        let deadline = ContinuousClock.now.advanced(by: limit)
        var all: [UInt8] = []
        while true {
            switch read(within: ContinuousClock.now.duration(to: deadline)) {
            case .bytes(let bytes): all += bytes
            case .closed: return all
            case .nothing: return nil
            }
        }
    }
}

/// A port whose queue is full: the kernel answers no dial, so that dials time out.
final class FullPort {
    let address: SocketAddress
    private let file: Int32
    private let filler: RawSocket

    init() throws {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo("127.0.0.1", "0", &hints, &first) == 0, let entry = unsafe first
        else { throw RawSocket.Failure(description: "no loopback") }
        defer { unsafe freeaddrinfo(first) }
        file = unsafe socket(entry.pointee.ai_family, entry.pointee.ai_socktype, 0)
        guard let own = unsafe entry.pointee.ai_addr,
            unsafe bind(file, own, entry.pointee.ai_addrlen) == 0, listen(file, 0) == 0
        else { throw RawSocket.Failure(description: "cannot listen: \(errno)") }
        var length = unsafe entry.pointee.ai_addrlen
        unsafe getsockname(file, own, &length)
        var port = [CChar](repeating: 0, count: 16)
        _ = unsafe getnameinfo(
            own,
            length,
            nil,
            0,
            &port,
            socklen_t(port.count),
            NI_NUMERICSERV
        )
        let digits = port.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        guard let number = UInt16(String(decoding: digits, as: UTF8.self)) else {
            throw RawSocket.Failure(description: "no port")
        }
        address = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: number)
        // A queue of length 0 holds one.
        filler = try RawSocket(to: address)
    }

    deinit { close(file) }
}
