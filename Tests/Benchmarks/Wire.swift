import Foundation
import Glibc
import Synchronization
import WarrenPrimitives

/// One end of a TCP connection over loopback, with blocking calls.
struct Wire: Sendable {
    private let file: Int32

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ what: String) { description = "\(what): error \(errno)" }
    }

    /// What one call reads at most, in bytes.
    static let readLimit = 64 << 10

    /// Two ends, connected, without Nagle's delay.
    static func pair() throws -> (Wire, Wire) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // A sockaddr_in is what these calls take for AF_INET, and `length` is its size.
        let ends = unsafe withUnsafeMutablePointer(to: &address) { pointer -> (Int32, Int32)? in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { own in
                guard unsafe bind(listener, own, length) == 0, listen(listener, 1) == 0,
                    unsafe getsockname(listener, own, &length) == 0
                else { return nil }
                let dialer = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                guard unsafe connect(dialer, own, length) == 0 else { return nil }
                return (dialer, accept(listener, nil, nil))
            }
        }
        guard let ends, ends.1 >= 0 else { throw Failure("no loopback connection") }
        for file in [ends.0, ends.1] {
            var yes: Int32 = 1
            unsafe setsockopt(
                file,
                Int32(IPPROTO_TCP),
                TCP_NODELAY,
                &yes,
                socklen_t(MemoryLayout<Int32>.size)
            )
        }
        return (Wire(file: ends.0), Wire(file: ends.1))
    }

    private init(file: Int32) { self.file = file }

    /// Dials `address`; a read waits for at most `patience` seconds.
    init(to address: SocketAddress, patience: Int) throws {
        guard let ip = address.ip.v4 else { throw Failure("\(address) is not IPv4") }
        file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = ip.bigEndian
        name.sin_port = address.port.bigEndian
        // A sockaddr_in is what connect takes for AF_INET, and a timeval what this option takes.
        let status = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure("cannot reach \(address)") }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    }

    func close() { _ = Glibc.close(file) }

    /// Writes all of `bytes`.
    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            // It reads from `sent` to the end of the array.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe send(
                    file,
                    $0.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { throw Failure("cannot write") }
            sent += count
        }
    }

    /// Reads into `room` from `offset` on; answers how many bytes.
    func read(into room: inout [UInt8], at offset: Int = 0) throws -> Int {
        // It writes between `offset` and the end of the array.
        let count = unsafe room.withUnsafeMutableBytes {
            unsafe recv(file, $0.baseAddress?.advanced(by: offset), $0.count - offset, 0)
        }
        guard count > 0 else { throw Failure("the other end is gone") }
        return count
    }
}

/// Runs one side on a thread of its own and the other on this one; waits for both.
func together(
    _ one: @escaping @Sendable () throws -> Void,
    _ other: () throws -> Void
) throws {
    let group = DispatchGroup()
    let outcome = Outcome()
    group.enter()
    Thread.detachNewThread {
        do { try one() } catch { outcome.set(error) }
        group.leave()
    }
    try other()
    group.wait()
    if let error = outcome.error { throw error }
}

/// What a thread failed with.
private final class Outcome: Sendable {
    private let place = Mutex<(any Error)?>(nil)
    var error: (any Error)? { place.withLock { $0 } }
    func set(_ error: any Error) { place.withLock { $0 = error } }
}
