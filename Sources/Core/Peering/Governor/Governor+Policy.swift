extension Governor {
    /// The constants of O§3.5, O§3.6 and O§3.8; "paced" ones are divided by `settings.pace`.
    package enum Policy {
        /// Share requests under way at once, in peers.
        package static let shareLimit = 2
        /// Before the same peer is asked again; paced.
        package static let askAgainDuration: Duration = .seconds(900)
        /// Between two requests to one peer at any pace (design §17.5).
        package static let askFloor: Duration = .seconds(11)
        /// Before a peer that became warm is asked first; paced.
        package static let askFirstDuration: Duration = .seconds(300)
        /// How long a batch of requests waits for all of its answers.
        package static let batchDuration: Duration = .seconds(3)
        /// How long it waits for the late ones, counted from its start.
        package static let batchLimitDuration: Duration = .seconds(10)
        /// Fewest and most addresses asked for at once; also what one answer may bring.
        package static let askedRange = 8...255

        /// Between two looks at inbound peers; paced.
        package static let inboundRetryDuration: Duration = .seconds(60)
        /// How many inbound peers are learnt at once.
        package static let inboundPickLimit = 10

        /// After the address book had fewer than wanted; ours, paced.
        package static let bookRetryDuration: Duration = .seconds(30)
        /// The shortest such wait at any pace.
        package static let bookRetryFloor: Duration = .seconds(1)

        /// Failures in a row that a peer may have and still be known.
        package static let failureLimit = 5
        /// After use as a hot peer, before its failures are forgiven; paced.
        package static let forgiveDuration: Duration = .seconds(120)
        /// After a failed promotion to hot.
        package static let repromoteDuration: Duration = .seconds(10)
        /// The first wait after a failed connect; doubles up to `retryExponentLimit` times.
        package static let retryDuration: Duration = .seconds(5)
        package static let retryExponentLimit = 5
        /// Every retry is moved by up to this much, either way.
        package static let retryFuzz: Duration = .seconds(2)
        /// Root requests wait 2^n s, n up to this.
        package static let requestExponentLimit = 8

        /// How long it may take to know only trusted peers before the node ends; not paced.
        package static let bootstrapTimeout: Duration = .seconds(900)

        /// Added to the delay of a peer that fell to warm, and to cold, by itself (O§3.9).
        package static let activateFuzz: (low: Duration, high: Duration) = (
            .milliseconds(100), .seconds(10)
        )
        package static let reconnectFuzz: (low: Duration, high: Duration) = (
            .milliseconds(100), .seconds(4)
        )

        /// More decisions than this at one instant are a livelock (O§11.1).
        static let decisionLimit = 1000
    }
}
