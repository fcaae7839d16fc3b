package import WarrenPrimitives

extension Simulation {
    /// What is carried over the links.
    package enum Fidelity: String, Hashable, Sendable, CaseIterable {
        /// Whole messages; handshakes are reckoned.
        case messages
        /// Every byte, through real connections with real keys; for up to some hundreds of nodes.
        case bytes
    }

    package struct Settings: Hashable, Sendable {
        /// Where virtual time begins, unless told otherwise: the first of January 2026.
        package static let epoch = Instant(nanoseconds: 1_767_225_600_000_000_000)

        package var seed: UInt64
        package var fidelity = Fidelity.messages
        /// The world's time at the start; nodes see it as their own.
        package var startsAt = Settings.epoch
        /// Each node starts at an instant drawn from this interval after the start.
        package var startSpread: Duration = .milliseconds(100)
        /// False: nothing is told but the digest and the statistics.
        package var reportsFacts = true
        /// Between two snapshots of every node; nil: none.
        package var snapshotPeriod: Duration? = .seconds(1)
        /// From a batch to its acknowledgement.
        package var storeLatency: Duration = .milliseconds(2)
        /// From a question for a name to its answer.
        package var nameLatency: Duration = .milliseconds(5)
        /// What nodes say of the software's version.
        package var version = "simulated"
        /// Every so manieth step of a node is followed by a check of its own rules; nil: none.
        package var checkPeriod: Int?
        /// How many steps are kept for ``Trace/firstDifference(between:and:)``, and from which on.
        package var traceLimit = 0
        package var traceStart = 0

        package init(seed: UInt64) { self.seed = seed }

        /// As fast as can be: no facts, no snapshots, no checks.
        package static func digestOnly(seed: UInt64) -> Settings {
            var settings = Settings(seed: seed)
            settings.reportsFacts = false
            settings.snapshotPeriod = nil
            return settings
        }
    }

    /// What has happened so far.
    package struct Statistics: Hashable, Sendable {
        /// Messages delivered to a node.
        package var messageCount = 0
        /// Deadlines that were due and changed something.
        package var deadlineCount = 0
        /// Deadlines after which the same node had nothing to do, or still had to do it.
        package var idleDeadlineCount = 0
        /// Steps of nodes, whatever brought them about.
        package var stepCount = 0
        package var dialCount = 0
        /// Connections that both ends took for open.
        package var connectionCount = 0
        /// Messages lost in cuts.
        package var lostCount = 0
        /// Bytes of messages delivered.
        package var byteCount = 0
        /// How many happenings were due at most at once.
        package var largestAgenda = 0

        /// What speed is measured in (design §16).
        package var eventCount: Int { messageCount + deadlineCount }
    }

    /// A rule of a node's own that it broke.
    package struct Complaint: Hashable, Sendable {
        package var host: Int
        package var at: Instant
        package var text: String
    }

    /// How many complaints are kept.
    package static let complaintLimit = 100
}
