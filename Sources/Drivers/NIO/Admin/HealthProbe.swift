import Glibc

/// Asks a node's admin port whether it is healthy: what a container's health check runs.
///
/// Plain blocking sockets, so that it starts in a millisecond.
package enum HealthProbe {
    /// Seconds for each step: connecting and every read.
    private static let timeout = 2
    /// Bytes of the answer that are looked at.
    private static let answerLimit = 4096

    package enum Verdict: Hashable, Sendable {
        case healthy
        /// The node's own words, or why it could not be asked.
        case unhealthy(String)
    }

    package static func ask(host: String, port: UInt16) -> Verdict {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, "\(port)", &hints, &first) == 0, let entry = unsafe first
        else { return .unhealthy("'\(host)' has no address") }
        defer { unsafe freeaddrinfo(first) }
        let file = unsafe socket(entry.pointee.ai_family, entry.pointee.ai_socktype, 0)
        guard file >= 0 else { return .unhealthy(SystemFlaw.last.text) }
        defer { close(file) }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard unsafe connect(file, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 else {
            return .unhealthy("nobody answers at \(host):\(port): \(SystemFlaw.last.text)")
        }
        let request = "GET /healthz HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        guard FilePresence.write(Array(request.utf8), to: file) else {
            return .unhealthy("the node hung up")
        }
        return verdict(on: answer(file))
    }

    private static func answer(_ file: Int32) -> [UInt8] {
        var answer = [UInt8](repeating: 0, count: answerLimit)
        var count = 0
        while count < answerLimit {
            let got = unsafe answer.withUnsafeMutableBytes { room in
                unsafe read(file, room.baseAddress?.advanced(by: count), answerLimit - count)
            }
            if got <= 0 { break }
            count += got
        }
        return Array(answer.prefix(count))
    }

    /// Reads the status line, and the body where it is no 200.
    static func verdict(on answer: [UInt8]) -> Verdict {
        let text = String(decoding: answer, as: UTF8.self)
        if text.hasPrefix("HTTP/1.1 200") { return .healthy }
        guard text.hasPrefix("HTTP/1.1 ") else { return .unhealthy("no HTTP answer in time") }
        let line = text.prefix { $0 != "\r\n" && $0 != "\r" && $0 != "\n" }
        let body = text.split(separator: "\r\n\r\n", maxSplits: 1).dropFirst().first
        return .unhealthy(body.map(String.init) ?? String(line))
    }
}
