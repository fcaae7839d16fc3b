package import WarrenPrimitives

extension Connection {
    /// What has passed so far: the numbers of a snapshot row and of `net_info`.
    ///
    /// Source: design §7, C§10.
    package struct Statistics: Hashable, Sendable {
        package var sent: TrafficMeter.Status
        package var received: TrafficMeter.Status
        /// In the order of registration.
        package var channels: [ChannelStatistics]
        /// From the last ping that was answered; nil before.
        package var roundTrip: Duration?
    }

    /// Bytes count packets as they go on the wire, length prefixes included.
    package struct ChannelStatistics: Hashable, Sendable {
        package var id: ChannelID
        package var priority: Int
        package var sendQueueLimit: Int
        package var sendQueueCount: Int
        package var sendQueueByteCount: Int
        package var recentlySent: Int
        package var sent: TrafficCount
        package var received: TrafficCount
    }

    package func statistics(now: Instant) -> Statistics {
        var current = multiplexer
        current.decay(now: now)
        let channels = zip(current.queues, demultiplexer.channels).map { queue, reassembly in
            ChannelStatistics(
                id: queue.descriptor.id,
                priority: queue.descriptor.priority,
                sendQueueLimit: queue.descriptor.sendQueueLimit,
                sendQueueCount: queue.messageCount,
                sendQueueByteCount: queue.byteCount,
                recentlySent: queue.recentlySent,
                sent: queue.total,
                received: reassembly.total
            )
        }
        return Statistics(
            sent: sendMeter.status(now: now),
            received: receiveMeter.status(now: now),
            channels: channels,
            roundTrip: heartbeat.roundTrip
        )
    }
}
