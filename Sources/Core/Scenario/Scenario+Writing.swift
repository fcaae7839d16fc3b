import WarrenObservation
package import WarrenPrimitives

extension Scenario {
    /// The scenario with every default written out; reading it back gives the same network.
    package var document: Document {
        var entries: [Document.Entry] = [
            .init("name", .text(name)),
            .init("seed", .number(seed)),
            .init("nodes", .map(groups.map { .init($0.name, fitted($0).document) })),
            .init("topology", topology.document),
            .init("defaults", defaults.document),
        ]
        if let linksDocument { entries.append(.init("links", linksDocument)) }
        entries += [
            .init(
                "chain",
                .map([
                    .init("slot", .text(Quantity.spelled(chain.slotLength))),
                    .init(
                        "activeSlotCoefficient",
                        .text(Quantity.spelledShare(chain.activeSlotMillionths))
                    ),
                    .init("securityParameter", .number(Int64(chain.securityParameter))),
                    .init("maxBodySize", .number(Int64(chain.maxBodySize))),
                ])
            ),
            .init("liveness", .text(Quantity.spelled(liveness))),
        ]
        if let loadsDocument { entries.append(.init("load", loadsDocument)) }
        if let faultsDocument { entries.append(.init("faults", faultsDocument)) }
        if !expectations.isEmpty {
            entries.append(.init("expect", .list(expectations.map { .text($0.text) })))
        }
        return .map(entries)
    }

    /// Written down, a valency may not be more than there are relays; left out, it gives way.
    private func fitted(_ group: Group) -> Group {
        var group = group
        if let front = group.behind.flatMap({ places(named: $0) })?.count {
            group.valency = max(1, min(group.valency, front))
        }
        return group
    }
}

extension Scenario.Group {
    fileprivate var document: Document {
        var entries: [Document.Entry] = [
            .init("role", .text(role.rawValue)),
            .init("count", .number(count)),
        ]
        if !regions.isEmpty { entries.append(.init("region", .list(regions.map { .text($0) }))) }
        if let behind {
            entries.append(.init("behind", .text(behind)))
            entries.append(.init("valency", .number(valency)))
            entries.append(.init("hidden", .flag(isHidden)))
        } else if role == .blockProducer {
            entries.append(.init("behind", .text(Self.open)))
        }
        if let targets { entries.append(.init("targets", targets.document)) }
        entries += rootEntries()
        if !config.isEmpty { entries.append(.init("config", .map(config))) }
        return .map(entries)
    }
}

extension Targets {
    fileprivate var document: Document {
        .map([
            .init("root", .number(root)), .init("known", .number(known)),
            .init("established", .number(established)), .init("active", .number(active)),
        ])
    }
}

extension Scenario.Defaults {
    fileprivate var document: Document {
        var entries: [Document.Entry] = [
            .init("targets", targets.document),
            .init("pace", .number(pace)),
        ]
        if manager != .governor { entries.append(.init("manager", .text(manager.rawValue))) }
        if !config.isEmpty { entries.append(.init("config", .map(config))) }
        return .map(entries)
    }
}

extension Scenario.Wiring {
    fileprivate var document: Document {
        var entries: [Document.Entry] = [.init("shape", .text(shape.word.rawValue))]
        switch shape {
        case .none, .line, .ring, .star, .mesh: break
        case .tree(let degree), .smallWorld(let degree), .randomRegular(let degree),
            .scaleFree(let degree):
            if let degree { entries.append(.init("degree", .number(degree))) }
        case .grid(let width), .torus(let width):
            if let width { entries.append(.init("width", .number(width))) }
        case .edges(let edges):
            let texts = edges.map {
                Document.text("\($0.from) \($0.goesBothWays ? "-" : "->") \($0.to)")
            }
            entries.append(.init("edges", .list(texts)))
        }
        if let among { entries.append(.init("among", .list(among.map { .text($0) }))) }
        if let valency { entries.append(.init("valency", .number(valency))) }
        if isApart { entries.append(.init("apart", true)) }
        return .map(entries)
    }
}
