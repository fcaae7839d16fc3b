import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import WarrenObservation

/// A node's admin port, as seen from outside.
struct AdminSite: Sendable {
    let client: HTTPClient
    /// `host:port`.
    let address: String

    /// Bytes of a snapshot: ten thousand peers are about 10 MiB.
    static let snapshotLimit = 64 << 20
    private static let healthLimit = 4096
    /// How long an answer may take that is no stream.
    static let patience: TimeAmount = .seconds(2)

    enum Silence: Error, Hashable, Sendable {
        /// Nobody listens there: the node does not run.
        case refused
        /// No answer in time, or a broken one.
        case unasked
        case status(Int)
        case tooLong
    }

    /// A client that says at once when nobody listens.
    static func client() -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(1))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// The whole answer to a question; a status other than 200 and 503 is a silence.
    private func ask(
        _ path: String,
        limit: Int
    ) async throws(Silence) -> (status: Int, body: ByteBuffer) {
        do {
            let request = HTTPClientRequest(url: "http://\(address)\(path)")
            let response = try await client.execute(request, timeout: Self.patience)
            let body = try await response.body.collect(upTo: limit)
            return (Int(response.status.code), body)
        } catch {
            throw Self.silence(of: error)
        }
    }

    /// Nil if it is healthy, else its own words for what it lacks.
    func complaint() async throws(Silence) -> String? {
        let (status, body) = try await ask("/healthz", limit: Self.healthLimit)
        switch status {
        case 200: return nil
        case 503: return String(decoding: body.readableBytesView, as: UTF8.self)
        default: throw .status(status)
        }
    }

    func snapshot() async throws(Silence) -> Data {
        let (status, body) = try await ask("/snapshot", limit: Self.snapshotLimit)
        guard status == 200 else { throw .status(status) }
        return Data(body.readableBytesView)
    }

    /// The stream of events from `position` on, however long it lasts.
    func events(from position: EventPosition?) async throws(Silence) -> HTTPClientResponse.Body {
        let query = position.map { "?from=\($0)" } ?? ""
        do {
            let request = HTTPClientRequest(url: "http://\(address)/events\(query)")
            let response = try await client.execute(request, deadline: .distantFuture)
            guard response.status == .ok else { throw Silence.status(Int(response.status.code)) }
            return response.body
        } catch {
            throw Self.silence(of: error)
        }
    }

    static func silence(of error: any Error) -> Silence {
        switch error {
        case let silence as Silence: silence
        case is NIOTooManyBytesError: .tooLong
        default: isRefusal(error) ? .refused : .unasked
        }
    }

    private static func isRefusal(_ error: any Error) -> Bool {
        // The system's number stands in the words of every error that wraps it.
        "\(error)".contains("(errno: \(ECONNREFUSED))")
    }
}
