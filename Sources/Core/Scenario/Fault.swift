package import WarrenPrimitives

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
        /// What expectations call it; nil: `fault-` and its place in the file, from 1.
        package var name: String?
        /// From t = 0: the instant at which all nodes were healthy for the first time.
        package var at: Duration
        /// Nil: for the rest of the run.
        package var duration: Duration?
        package var action: Action
        /// Where the file has it, from 1; 0 for one that came from no file.
        package var line: Int

        package init(
            name: String? = nil,
            at: Duration,
            for duration: Duration?,
            _ action: Action,
            line: Int = 0
        ) {
            self.name = name
            self.at = at
            self.duration = duration
            self.action = action
            self.line = line
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
            ///
            /// An empty second side is everybody else.
            case cut(String, String, mode: CutMode, oneWay: Bool)
            /// The links between the sides are at least this bad meanwhile, both ways.
            ///
            /// An empty second side is everybody else. See ``LinkQuality/worsened(by:)``.
            case degrade(String, String, LinkQuality)
            /// The clocks of these nodes are off by so much (`Instant` skew, design §17.7); below
            /// zero they are late.
            case skew(String, Duration)
        }

        package typealias CutMode = WarrenPrimitives.CutMode

        /// Faults in one file: one a second for a quarter of an hour.
        package static let limit = 1000
        /// How late a fault may begin, and how long it may last.
        ///
        /// A year: more than any run, and far from where instants end.
        package static let timeLimit: Duration = .seconds(365 * 86_400)
        /// How far a clock may be off, either way.
        package static let skewLimit: Duration = .seconds(86_400)
    }

    /// The fault's own name, or the one that its place in the file gives it.
    package func faultName(at place: Int) -> String {
        faults[place].name ?? "fault-\(place + 1)"
    }

    /// What expectations may call the faults, in the order of the file.
    package var faultNames: [String] { faults.indices.map(faultName) }
}
