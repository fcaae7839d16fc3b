package import WarrenObservation
import WarrenPrimitives

/// A request to the admin port, as far as it matters.
package struct AdminQuestion: Hashable, Sendable {
    package var method: String
    package var path: String
    package var query: [String: String]

    package init(method: String, path: String, query: [String: String] = [:]) {
        self.method = method
        self.path = path
        self.query = query
    }
}

/// What to look up for a question, or what is wrong with it.
package enum AdminTopic: Hashable, Sendable {
    case snapshot
    case events(from: EventPosition?, follow: Bool)
    case status
    case netInfo
    case metrics
    case health
    case submit
    case links
    case layLink(String)
    case liftLink(String)
    case refused(AdminRefusal)

    private static let paths = [
        ("GET", "/snapshot"), ("GET", "/events"), ("GET", "/status"), ("GET", "/net_info"),
        ("GET", "/metrics"), ("GET", "/healthz"), ("POST", "/tx"), ("GET", "/links"),
    ]
    private static let linkPath = "/links/"

    package init(_ question: AdminQuestion) {
        if question.path.hasPrefix(Self.linkPath) {
            self.init(link: question)
            return
        }
        guard let method = Self.paths.first(where: { $0.1 == question.path })?.0 else {
            let paths = Self.paths + [("PUT", "/links/NAME"), ("DELETE", "/links/NAME")]
            let known = paths.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
            self = .refused(
                .init(404, "no such path: '\(question.path.prefix(100))'", expected: known)
            )
            return
        }
        guard question.method == method else {
            self = .refused(
                .init(
                    405,
                    "\(question.method.prefix(20)) is not a method of \(question.path)",
                    expected: method
                )
            )
            return
        }
        switch question.path {
        case "/events": self.init(events: question.query)
        default:
            if let extra = question.query.keys.sorted().first {
                self = .refused(
                    .init(
                        400,
                        "unknown parameter '\(extra.prefix(100))'",
                        expected: "no parameters"
                    )
                )
                return
            }
            self =
                switch question.path {
                case "/snapshot": .snapshot
                case "/status": .status
                case "/net_info": .netInfo
                case "/metrics": .metrics
                case "/tx": .submit
                case "/links": .links
                default: .health
                }
        }
    }

    /// `PUT` and `DELETE` of a rule over links, by its name.
    private init(link question: AdminQuestion) {
        let name = String(question.path.dropFirst(Self.linkPath.utf8.count))
        let isPlain = name.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-._:".utf8.contains(byte)
        }
        guard isPlain, (1...LinkRules.nameLimit).contains(name.utf8.count) else {
            self = .refused(
                .init(
                    400,
                    "the rule's name is '\(name.prefix(100))'",
                    expected: "1 to \(LinkRules.nameLimit) letters, digits, '-', '.', '_' and ':'"
                )
            )
            return
        }
        if let extra = question.query.keys.sorted().first {
            self = .refused(
                .init(400, "unknown parameter '\(extra.prefix(100))'", expected: "no parameters")
            )
            return
        }
        switch question.method {
        case "PUT": self = .layLink(name)
        case "DELETE": self = .liftLink(name)
        default:
            self = .refused(
                .init(
                    405,
                    "\(question.method.prefix(20)) is not a method of /links/NAME",
                    expected: "PUT, DELETE"
                )
            )
        }
    }

    private init(events query: [String: String]) {
        let expected = "from=I.N with incarnation I and sequence N, follow=true or follow=false"
        func refuse(_ what: String) -> AdminTopic { .refused(.init(400, what, expected: expected)) }
        var position: EventPosition?
        var follow = true
        for (name, value) in query.sorted(by: { $0.key < $1.key }) {
            switch (name, value) {
            case ("follow", "true"): follow = true
            case ("follow", "false"): follow = false
            case ("follow", _):
                self = refuse("follow is '\(value.prefix(100))'")
                return
            case ("from", _):
                guard let place = EventPosition(value) else {
                    self = refuse("from is '\(value.prefix(100))'")
                    return
                }
                position = place
            default:
                self = refuse("unknown parameter '\(name.prefix(100))'")
                return
            }
        }
        self = .events(from: position, follow: follow)
    }
}

/// A request that is not answered with what it asked for.
package struct AdminRefusal: Error, Hashable, Sendable {
    package var status: Int
    package var error: String
    package var expected: String

    package init(_ status: Int, _ error: String, expected: String) {
        self.status = status
        self.error = error
        self.expected = expected
    }

    /// As `{"error":…,"expected":…}`.
    package var text: String {
        JSONValue.object([("error", .string(error)), ("expected", .string(expected))]).text + "\n"
    }
}
