import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
package import WarrenObservation

/// Asks a node's admin port.
package struct NodeClient: Sendable {
    /// `host:port` as the engine knows it.
    package let address: String
    /// What the node wants to be shown by who changes its state; nil: nothing.
    package let token: String?

    /// Bytes of a snapshot: ten thousand peers are about 10 MiB.
    private static let snapshotLimit = 64 << 20

    package init(address: String, token: String? = nil) {
        self.address = address
        self.token = token
    }

    /// Why a node could not be asked, or did not answer as it should.
    package struct Flaw: Error, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// Nil if it is healthy, else what it lacks.
    package func complaint(within limit: Duration = .seconds(1)) async -> String? {
        do throws(Flaw) {
            let (status, body) = try await get("/healthz", limit: 4096, within: limit)
            return status == 200 ? nil : String(decoding: body, as: UTF8.self)
        } catch {
            return error.description
        }
    }

    package func snapshot(within limit: Duration = .seconds(2)) async throws(Flaw) -> Snapshot {
        let (status, body) = try await get("/snapshot", limit: Self.snapshotLimit, within: limit)
        guard status == 200 else { throw Flaw(description: "it answered with status \(status)") }
        do {
            return try JSONDecoder().decode(Snapshot.self, from: body)
        } catch {
            throw Flaw(description: "its snapshot cannot be read: \(error)")
        }
    }

    /// What happened from `position` on, and what of it is lost.
    package func events(from position: EventPosition) async throws(Flaw) -> [EventLine] {
        let path = "/events?from=\(position)&follow=false"
        let (status, body) = try await get(path, limit: Self.snapshotLimit, within: .seconds(2))
        guard status == 200 else { throw Flaw(description: "it answered with status \(status)") }
        do {
            let decoder = JSONDecoder()
            return try body.split(separator: UInt8(ascii: "\n")).map {
                try decoder.decode(EventLine.self, from: $0)
            }
        } catch {
            throw Flaw(description: "its events cannot be read: \(error)")
        }
    }

    private func get(
        _ path: String,
        limit: Int,
        within time: Duration
    ) async throws(Flaw) -> (Int, Data) {
        let request = HTTPClientRequest(url: "http://\(address)\(path)")
        do {
            let nanoseconds = time.components.attoseconds / 1_000_000_000
            let timeout = TimeAmount.nanoseconds(
                time.components.seconds * 1_000_000_000 + nanoseconds
            )
            let response = try await HTTPClient.shared.execute(request, timeout: timeout)
            let body = try await response.body.collect(upTo: limit)
            return (Int(response.status.code), Data(body.readableBytesView))
        } catch {
            throw Flaw(description: "nobody answers at \(address): \(error)")
        }
    }
}

extension [String: String] {
    /// Asks all of these nodes (name to admin address) at once; who does not answer is left out.
    package func snapshots() async -> [String: Snapshot] {
        await withTaskGroup(of: (String, Snapshot?).self) { group in
            for (name, address) in self {
                group.addTask { (name, try? await NodeClient(address: address).snapshot()) }
            }
            var found: [String: Snapshot] = [:]
            for await (name, snapshot) in group { found[name] = snapshot }
            return found
        }
    }
}
