import Logging
package import WarrenPrimitives

extension NodeShell {
    /// What disturbs the links to peers now.
    package func linkRules() -> LinkRules { sockets.links }

    /// Lays a rule over links; the node ends it by itself when it is over.
    package func lay(
        _ asked: LinkRequest,
        as name: String
    ) throws(AdminRefusal) -> LinkRules.Named {
        guard stage == .running else {
            throw AdminRefusal(
                503,
                "the node is starting or stopping",
                expected: "a running node"
            )
        }
        let until = try asked.end(now: clock.now)
        guard sockets.lay(asked.rule, as: name, until: until),
            let laid = sockets.links[name]
        else {
            throw AdminRefusal(
                409,
                "there are \(sockets.links.named.count) rules over links",
                expected: "at most \(LinkRules.limit): DELETE one that is not needed"
            )
        }
        logger.info("link rule began", metadata: Self.metadata(of: laid))
        return laid
    }

    /// Ends a rule over links, if there is one; answers what was done, as JSON.
    package func lift(_ name: String) -> String {
        let isLifted = sockets.lift(name)
        if isLifted {
            logger.info("link rule ended", metadata: ["name": "\(name)", "by": "a request"])
        }
        return JSONValue.object([("name", .string(name)), ("ended", .bool(isLifted))]).text
    }

    private static func metadata(of laid: LinkRules.Named) -> Logger.Metadata {
        var fields: Logger.Metadata = [
            "name": "\(laid.name)", "peers": "\(laid.rule.peers.all.count)",
        ]
        if let cut = laid.rule.cut { fields["cut"] = "\(cut.mode) \(cut.direction)" }
        let quality = laid.rule.quality
        if quality.roundTrip != .zero { fields["rtt"] = "\(Quantity.spelled(quality.roundTrip))" }
        if quality.jitter != .zero { fields["jitter"] = "\(Quantity.spelled(quality.jitter))" }
        if quality.lossMillionths != 0 {
            fields["loss"] = "\(Quantity.spelledShare(quality.lossMillionths))"
        }
        if let bandwidth = quality.bandwidth {
            fields["bandwidth"] = "\(Quantity.spelledBandwidth(bandwidth))"
        }
        if let until = laid.until { fields["until"] = "\(Timestamp.text(until))" }
        return fields
    }
}
