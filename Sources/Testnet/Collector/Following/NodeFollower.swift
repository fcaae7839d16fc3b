import AsyncHTTPClient
import Foundation
import NIOCore
package import WarrenObservation
package import WarrenPrimitives

/// Follows one node through everything: its events, its health, a snapshot now and then.
///
/// It outlives the node: when that dies, lags, comes back or lies, it says so and asks again.
/// Source: design §12.
package actor NodeFollower {
    package nonisolated let number: Int
    private var reader: NodeReader
    private let address: @Sendable () async -> String?
    private let settings: Settings
    private let clock: ObserverClock
    private let inbox: Inbox
    private var hasSettled = false
    private var mustAskSoon = true
    private var stream: Task<Void, Never>?
    /// Snapshots in a row that were ahead of a stream on which nothing came.
    private var behindCount = 0
    private static let behindLimit = 5
    /// Ends the pause between two questions before its time.
    private var pause: Task<Void, Never>?

    package struct Settings: Hashable, Sendable {
        /// Between two snapshots.
        package var interval: Duration = .seconds(1)
        /// Between two questions to a node that is not healthy.
        package var unhealthyInterval: Duration = .milliseconds(100)
        /// Between two attempts at the stream of events.
        package var retryInterval: Duration = .milliseconds(100)

        package init() {}
    }

    package init(
        number: Int,
        id: NodeID?,
        after last: EventPosition?,
        settings: Settings,
        clock: ObserverClock,
        address: @escaping @Sendable () async -> String?,
        inbox: Inbox
    ) {
        self.number = number
        reader = NodeReader(id: id, after: last)
        self.settings = settings
        self.clock = clock
        self.address = address
        self.inbox = inbox
    }

    /// It was reached once, or is known not to run.
    package var isSettled: Bool { hasSettled }

    /// Follows until cancelled.
    package func run() async {
        let client = AdminSite.client()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followEvents(client) }
            group.addTask { await self.ask(client) }
        }
        // A task that is cancelled cannot wait; the client must end all the same.
        await Task { try? await client.shutdown() }.value
    }

    // MARK: The stream of events

    private func followEvents(_ client: HTTPClient) async {
        while !Task.isCancelled {
            if let address = await address() {
                let site = AdminSite(client: client, address: address)
                let stream = Task { await self.followStream(of: site) }
                self.stream = stream
                await withTaskCancellationHandler {
                    await stream.value
                } onCancel: {
                    stream.cancel()
                }
                self.stream = nil
            }
            wake()
            try? await Task.sleep(for: settings.retryInterval)
        }
    }

    private func followStream(of site: AdminSite) async {
        let body: HTTPClientResponse.Body
        do throws(AdminSite.Silence) {
            body = try await site.events(from: reader.start)
        } catch {
            if case .status(let status) = error {
                await note(.badStatus(path: "/events", status))
            }
            return
        }
        wake()
        var splitter = LineSplitter()
        var pieces: [LineSplitter.Piece] = []
        do {
            for try await buffer in body {
                splitter.take(buffer.readableBytesView, into: &pieces)
                guard !pieces.isEmpty else { continue }
                var findings: [Finding] = []
                behindCount = 0
                for piece in pieces { reader.take(piece, now: clock.now, into: &findings) }
                pieces.removeAll(keepingCapacity: true)
                await send(findings)
            }
        } catch {
            // It ended; what is missing is asked for again.
        }
    }

    // MARK: Questions

    private func ask(_ client: HTTPClient) async {
        var isHealthy = false
        while !Task.isCancelled {
            mustAskSoon = false
            isHealthy = await askOnce(client)
            guard !Task.isCancelled else { return }
            hasSettled = true
            await rest(isHealthy ? settings.interval : settings.unhealthyInterval)
        }
    }

    /// Sleeps, unless something happened meanwhile that asks for a look.
    private func rest(_ duration: Duration) async {
        guard !mustAskSoon else { return }
        let task = Task { _ = try? await Task.sleep(for: duration) }
        pause = task
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        pause = nil
    }

    private func wake() {
        mustAskSoon = true
        pause?.cancel()
    }

    private func askOnce(_ client: HTTPClient) async -> Bool {
        guard let address = await address() else {
            await setHealth(.down)
            return false
        }
        let site = AdminSite(client: client, address: address)
        do throws(AdminSite.Silence) {
            let complaint = try await site.complaint()
            guard await take(try await site.snapshot()) else {
                await setHealth(.unasked)
                return false
            }
            await setHealth(complaint == nil ? .healthy : .unhealthy)
            return complaint == nil
        } catch {
            guard !Task.isCancelled else { return false }
            switch error {
            case .refused: await setHealth(.down)
            case .unasked: await setHealth(.unasked)
            case .status(let status):
                await note(.badStatus(path: "/healthz or /snapshot", status))
                await setHealth(.unasked)
            case .tooLong:
                await note(.garbledSnapshot("longer than \(AdminSite.snapshotLimit) bytes"))
                await setHealth(.unasked)
            }
            return false
        }
    }

    /// Takes in a snapshot; false if it is none of the node that is meant.
    private func take(_ body: Data) async -> Bool {
        let now = clock.now
        var isBelieved = false
        var findings: [Finding] = []
        do {
            let snapshot = try JSONDecoder().decode(Snapshot.self, from: body)
            isBelieved = reader.take(snapshot, now: now, into: &findings)
            behindCount = reader.isBehind ? behindCount + 1 : 0
            // A stream that is open and dead.
            if behindCount >= Self.behindLimit { stream?.cancel() }
        } catch {
            reader.note(.garbledSnapshot(String("\(error)".prefix(300))), at: now, into: &findings)
        }
        await send(findings)
        return isBelieved
    }

    private func setHealth(_ health: Fact.NodeFact) async {
        var findings: [Finding] = []
        reader.setHealth(health, now: clock.now, into: &findings)
        await send(findings)
    }

    private func note(_ flaw: Flaw) async {
        var findings: [Finding] = []
        reader.note(flaw, at: clock.now, into: &findings)
        await send(findings)
    }

    private func send(_ findings: [Finding]) async {
        guard !findings.isEmpty else { return }
        inbox.put(findings, of: number)
        await inbox.room()
    }
}
