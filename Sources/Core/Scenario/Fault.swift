extension Scenario {
    /// The link between two regions, the same both ways.
    ///
    /// Both names may be the same: the link within a region.
    package struct Link: Hashable, Sendable {
        package var between: String
        package var and: String
        package var quality: LinkQuality

        package init(between: String, and other: String, quality: LinkQuality) {
            self.between = between
            and = other
            self.quality = quality
        }
    }

    /// Something to disturb, when, and for how long; it undoes itself.
    ///
    /// Source: design §8.
    package struct Fault: Hashable, Sendable {
        /// What expectations call it.
        package var name: String?
        /// From t = 0: the instant at which all nodes were healthy for the first time.
        package var at: Duration
        /// Nil: for the rest of the run.
        package var duration: Duration?
        package var action: Action

        package init(name: String? = nil, at: Duration, for duration: Duration?, _ action: Action) {
            self.name = name
            self.at = at
            self.duration = duration
            self.action = action
        }

        /// Nodes are meant by selectors, as in expectations.
        package enum Action: Hashable, Sendable {
            /// Memory is lost without a word; a prefix of the store is kept.
            ///
            /// Healed by a start.
            case kill(String)
            /// A clean end; healed by a start.
            case stop(String)
            /// No instruction runs; sockets stay.
            ///
            /// Healed by going on.
            case pause(String)
            /// A clean end and a start at once.
            case restart(String)
            /// Nothing passes between the sides; with `oneWay` only nothing from the first to the
            /// second.
            case cut(String, String, mode: CutMode, oneWay: Bool)
            /// The links between the sides fare like this meanwhile, both ways.
            case degrade(String, String, LinkQuality)
            /// The clocks of these nodes are off by so much (`Instant` skew, design §17.7).
            case skew(String, Duration)
        }

        package enum CutMode: String, Hashable, Sendable, Codable, CaseIterable {
            /// Bytes vanish; dials and conversations time out.
            case hang
            /// Connections are reset, dials are refused.
            case reset
        }
    }
}
