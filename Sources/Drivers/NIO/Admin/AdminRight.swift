package import WarrenNode
import WarrenPrimitives

/// Who may change a node's state through its admin port.
///
/// On loopback everybody who gets there; elsewhere, and wherever a token is configured, only who
/// shows it. Source: design §15.
package struct AdminRight: Sendable {
    private let token: String?
    private let isLocal: Bool

    package init(_ configuration: NodeConfiguration) {
        token = configuration.adminToken
        isLocal = configuration.adminAddress.ip.isLoopback
    }

    /// Takes the request's `Authorization`.
    package func check(_ authorization: String?) throws(AdminRefusal) {
        guard let token else {
            guard isLocal else {
                throw AdminRefusal(
                    403,
                    "this node lets nobody change it from elsewhere",
                    expected: "AdminToken in its config.json, and that token as a bearer token"
                )
            }
            return
        }
        let expected = "'Authorization: Bearer' and the AdminToken of the node's config.json"
        guard let authorization else {
            throw AdminRefusal(401, "no bearer token was shown", expected: expected)
        }
        let words = authorization.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer",
            Sodium.isEqual(Array(words[1].utf8), Array(token.utf8))
        else {
            throw AdminRefusal(401, "that is not this node's bearer token", expected: expected)
        }
    }
}
