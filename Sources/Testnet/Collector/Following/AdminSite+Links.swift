import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import WarrenPrimitives
import WarrenScenario

/// What a node is told of its links, as its admin port takes it (`PUT /links/NAME`).
///
/// Source: design §17.12.
struct LinkRuleBody: Hashable, Encodable {
    var peers: [String]
    var cut: String?
    var direction: String?
    /// Seconds.
    var rtt: Double?
    var jitter: Double?
    /// A share of one.
    var loss: Double?
    /// Bits a second.
    var bandwidth: Int64?
    /// Seconds after which the node ends it by itself.
    var lifetime: Double?

    private enum CodingKeys: String, CodingKey {
        case peers, cut, direction, rtt, jitter, loss, bandwidth
        case lifetime = "for"
    }

    /// What is left unsaid stays as it is.
    init(_ order: LinkOrder, ids: [NodeID], for lifetime: Duration?) {
        peers = order.peers.map { ids[$0].description }
        switch order.effect {
        case .cut(let mode, let way):
            cut = mode.rawValue
            direction = way.rawValue
        case .degrade(let quality):
            if quality.roundTrip > .zero { rtt = quality.roundTrip.inSeconds }
            if quality.jitter > .zero { jitter = quality.jitter.inSeconds }
            if quality.lossMillionths > 0 { loss = Double(quality.lossMillionths) / 1e6 }
            bandwidth = quality.bandwidth
        }
        // Whole milliseconds, of which there is at least one.
        self.lifetime = lifetime.map { Double(max(1, $0.wholeNanoseconds / 1_000_000)) / 1000 }
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }
}

extension AdminSite {
    /// What came of telling a node something about its links.
    enum LinkAnswer: Hashable, Sendable {
        case done
        /// Nobody answered: the node does not run, or stands still.
        case silent
        /// It will not, and says why.
        case refused(String)
    }

    private struct Rules: Decodable {
        struct Rule: Decodable { var name: String }
        var rules: [Rule]
    }

    /// Bytes of an answer: 64 rules of 1,024 peers.
    private static let linkLimit = 16 << 20

    func putLinks(_ name: String, _ body: LinkRuleBody, token: String?) async -> LinkAnswer {
        guard let bytes = try? JSONEncoder().encode(body) else { return .refused("no JSON") }
        return await tell(.PUT, name, token: token, Array(bytes))
    }

    func deleteLinks(_ name: String, token: String?) async -> LinkAnswer {
        await tell(.DELETE, name, token: token, nil)
    }

    private func tell(
        _ method: HTTPMethod,
        _ name: String,
        token: String?,
        _ body: [UInt8]?
    ) async -> LinkAnswer {
        var request = HTTPClientRequest(url: "http://\(address)/links/\(name)")
        request.method = method
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(body)
        }
        do {
            let response = try await client.execute(request, timeout: Self.patience)
            let answer = try await response.body.collect(upTo: Self.linkLimit)
            guard response.status != .ok else { return .done }
            let words = String(decoding: answer.readableBytesView.prefix(300), as: UTF8.self)
            return .refused(
                "\(method.rawValue) /links/\(name) was answered with status "
                    + "\(response.status.code): \(words)"
            )
        } catch {
            return .silent
        }
    }

    /// The names of the rules that are in force at the node; nil if it does not say.
    func linkNames() async -> [String]? {
        let request = HTTPClientRequest(url: "http://\(address)/links")
        do {
            let response = try await client.execute(request, timeout: Self.patience)
            let body = try await response.body.collect(upTo: Self.linkLimit)
            guard response.status == .ok else { return nil }
            return try JSONDecoder().decode(Rules.self, from: Data(body.readableBytesView))
                .rules.map(\.name)
        } catch {
            return nil
        }
    }
}
