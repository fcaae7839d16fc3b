package import WarrenObservation
package import WarrenPrimitives

/// What happened to a node so far, in numbers that only grow: the counters of `/metrics`.
package struct Tally: Sendable, Hashable {
    package struct Traffic: Sendable, Hashable {
        package var sentMessages = 0
        package var sentBytes = 0
        package var receivedMessages = 0
        package var receivedBytes = 0
    }

    package struct Step: Hashable, Sendable {
        package var from: Temperature
        package var to: Temperature
    }

    package private(set) var channels: [ChannelID: Traffic] = [:]
    package private(set) var steps: [Step: Int] = [:]
    /// Connections that a peer had, by how they ended.
    package private(set) var endings: [CloseReason: Int] = [:]
    /// Sockets that never became a peer's connection.
    package private(set) var refusals: [CloseReason: Int] = [:]
    package private(set) var dialCount = 0
    package private(set) var connectedCount = 0
    package private(set) var banCount = 0
    package private(set) var eventCount = 0

    package init() {}

    package mutating func sent(_ channel: ChannelID, bytes: Int) {
        channels[channel, default: Traffic()].sentMessages += 1
        channels[channel, default: Traffic()].sentBytes += bytes
    }

    package mutating func received(_ channel: ChannelID, bytes: Int) {
        channels[channel, default: Traffic()].receivedMessages += 1
        channels[channel, default: Traffic()].receivedBytes += bytes
    }

    package mutating func count(_ note: Note) {
        eventCount += 1
        switch note {
        case .transition(let change):
            steps[Step(from: change.from, to: change.to), default: 0] += 1
        case .connected: connectedCount += 1
        case .disconnected(_, _, let reason): endings[reason, default: 0] += 1
        case .refused(_, _, let reason): refusals[reason, default: 0] += 1
        case .dialing: dialCount += 1
        case .banned: banCount += 1
        case .merged, .usedBy, .connection, .inbound, .reinstated, .asked, .answered, .learnt,
            .targets, .churned, .chain, .bootstrapTimedOut, .storeFailed:
            break
        }
    }
}
