import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
package import WarrenObservation
import WarrenPrimitives

extension NodeClient {
    /// Says at once when nobody listens; it lives as long as the process.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(1))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Bytes of an answer to a transaction.
    private static let answerLimit = 4096

    private struct Answer: Decodable { var admission: Admittance }

    /// Gives the node an opaque transaction, and says what came of it.
    package func submit(
        payload: [UInt8],
        within limit: Duration = .seconds(2)
    ) async -> Admittance {
        var request = HTTPClientRequest(url: "http://\(address)/tx")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/octet-stream")
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        // The canonical encoding of an opaque transaction: its payload as field 1 (chain.proto).
        var encoding = ProtobufWriter(capacity: payload.count + 8)
        encoding.bytes(1, payload)
        request.body = .bytes(encoding.bytes)
        do {
            let timeout = TimeAmount.nanoseconds(limit.wholeNanoseconds)
            let response = try await Self.client.execute(request, timeout: timeout)
            let body = try await response.body.collect(upTo: Self.answerLimit)
            let answer = try? JSONDecoder().decode(
                Answer.self,
                from: Data(body.readableBytesView)
            )
            return answer?.admission ?? Self.admittance(response.status)
        } catch {
            return .unanswered
        }
    }

    /// What an answer without an admission means.
    private static func admittance(_ status: HTTPResponseStatus) -> Admittance {
        switch status {
        case .notImplemented: .noChain
        case .serviceUnavailable: .notRunning
        default: .refused
        }
    }
}
