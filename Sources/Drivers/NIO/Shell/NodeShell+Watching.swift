import WarrenNode
package import WarrenObservation
import WarrenPrimitives

extension NodeShell {
    /// How many streams of events may be open at once.
    package static let readerLimit = 64

    /// Keeps count of what goes by.
    func notice(_ input: Node.Input) {
        switch input {
        case .authenticated(let connection, let id, let info, let remote):
            peers[connection] = ConnectedPeer(id: id, info: info, remote: remote)
        case .closed(let connection, _): peers[connection] = nil
        case .received(_, let channel, let message): tally.received(channel, bytes: message.count)
        case .loaded, .listening, .accepted, .failed, .sent, .resolved, .services, .unresolved,
            .persisted, .loadedRange, .storeFailed, .topology, .chain, .deadline, .stop:
            break
        }
    }

    /// Puts an event on record and tells whoever waits for one.
    func emit(_ event: Event) {
        ring.append(event)
        tally.count(event.note)
        log(event.note)
        for reader in readers.values { reader.yield() }
    }

    /// Events from `position` on, at most `limit`, and where to go on.
    package func lines(
        from position: EventPosition?,
        limit: Int
    ) -> (lines: [EventLine], next: EventPosition) {
        let lines = ring.lines(from: position, count: limit)
        let start = EventPosition(incarnation: ring.incarnation, sequence: ring.oldestSequence)
        return (lines, lines.last.map { ring.position(after: $0) } ?? position ?? start)
    }

    /// A signal for every event from now on, several at once becoming one; nil when there are
    /// too many readers already.
    package func subscribe() -> Reader? {
        guard readers.count < Self.readerLimit, stage != .stopped else { return nil }
        readerCount += 1
        let (signals, continuation) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        readers[readerCount] = continuation
        return Reader(id: readerCount, signals: signals)
    }

    /// Somebody who follows the events.
    package struct Reader: Sendable {
        package let id: UInt64
        package let signals: AsyncStream<Void>
    }

    package func unsubscribe(_ id: UInt64) {
        readers.removeValue(forKey: id)?.finish()
    }
}
