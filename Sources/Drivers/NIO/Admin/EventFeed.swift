import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import WarrenObservation
import WarrenPrimitives

/// One reader of `/events`: the ring's lines from where it asks, then each new one.
///
/// A reader that is too slow finds a gap where the ring has moved on; one that takes nothing at all
/// is cut off. Nothing is queued for it beyond one batch.
struct EventFeed: Sendable {
    /// Lines written at once.
    static let batchLimit = 256

    let shell: NodeShell
    let limit: TimeAmount
    let channel: any Channel

    func response(from position: EventPosition?, follow: Bool) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
            body: .init { writer in
                if follow {
                    try await self.follow(from: position, to: &writer)
                } else {
                    _ = try await drain(from: position, to: &writer)
                }
                try await writer.finish(nil)
            }
        )
    }

    @concurrent
    private func follow(
        from position: EventPosition?,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        guard let (id, signals) = await shell.subscribe() else { return }
        // The stream of signals ends with the connection.
        channel.closeFuture.whenComplete { _ in
            Task { await shell.unsubscribe(id) }
        }
        do {
            // The head leaves at once, even while there is nothing to tell.
            try await write(ByteBuffer(), to: &writer)
            var next = try await drain(from: position, to: &writer)
            for await _ in signals { next = try await drain(from: next, to: &writer) }
        } catch {
            await shell.unsubscribe(id)
            throw error
        }
        await shell.unsubscribe(id)
    }

    /// Writes all there is from `position` on; answers where to go on.
    @concurrent
    private func drain(
        from position: EventPosition?,
        to writer: inout any ResponseBodyWriter
    ) async throws -> EventPosition {
        var position = position
        while true {
            let (lines, next) = await shell.lines(from: position, limit: Self.batchLimit)
            position = next
            if lines.isEmpty { return next }
            try await write(EventLineText.buffer(of: lines), to: &writer)
        }
    }

    @concurrent
    private func write(_ buffer: ByteBuffer, to writer: inout any ResponseBodyWriter) async throws {
        let channel = channel
        let watch = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        defer { watch.cancel() }
        try await writer.write(buffer)
    }
}

/// Snapshots and events as JSON text.
package enum EventLineText {
    /// A line an event, each ended by a newline.
    static func buffer(of lines: [EventLine]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for line in lines { buffer.writeString(text(of: line)) }
        return buffer
    }

    /// One line of JSON with its newline.
    package static func text(of value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Our own types encode to JSON whatever they hold.
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("\(type(of: value)) does not encode")
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
