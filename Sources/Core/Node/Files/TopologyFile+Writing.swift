import WarrenPeering
package import WarrenPrimitives

extension Topology {
    /// `topology.json` in Cardano's current form; reading it back gives an equal topology.
    ///
    /// Sources: O§1.2, O§1.3; the `id` is ours.
    package var document: Document {
        var entries: [Document.Entry] = [
            .init("localRoots", .list(localRoots.map(\.document))),
            .init("publicRoots", .list(publicRoots.map(\.document))),
        ]
        let bootstrap = bootstrapPeers.map { Document.list($0.map(\.document)) }
        entries.append(.init("bootstrapPeers", bootstrap ?? Document(.null)))
        if let useLedgerAfterSlot {
            entries.append(.init("useLedgerAfterSlot", .number(useLedgerAfterSlot)))
        }
        if let peerSnapshotFile {
            entries.append(.init("peerSnapshotFile", .text(peerSnapshotFile)))
        }
        return .map(entries)
    }
}

extension Topology.LocalRootGroup {
    fileprivate var document: Document {
        var entries: [Document.Entry] = [
            .init("accessPoints", .list(accessPoints.map(\.document))),
            .init("advertise", .flag(advertise)),
            .init("trustable", .flag(trustable)),
            .init("hotValency", .number(hotValency)),
            .init("warmValency", .number(warmValency)),
        ]
        if behindFirewall { entries.append(.init("behindFirewall", true)) }
        if diffusionMode != .initiatorAndResponder {
            entries.append(.init("diffusionMode", .text(diffusionMode.rawValue)))
        }
        return .map(entries)
    }
}

extension Topology.PublicRootGroup {
    fileprivate var document: Document {
        .map([
            .init("accessPoints", .list(accessPoints.map(\.document))),
            .init("advertise", .flag(advertise)),
        ])
    }
}

extension Topology.AccessPoint {
    /// The access point as an object of the topology file.
    package var document: Document {
        let address: String =
            switch host {
            case .ip(let ip): ip.description
            case .name(let name): name
            }
        var entries: [Document.Entry] = [.init("address", .text(address))]
        if let port { entries.append(.init("port", .number(port))) }
        if let id { entries.append(.init("id", .text(id.description))) }
        return .map(entries)
    }
}
