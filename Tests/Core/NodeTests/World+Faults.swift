import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

// MARK: - Disturbing a world

extension World {
    func isCut(_ one: Int, _ other: Int) -> Bool {
        !cuts.isEmpty && cuts.contains([min(one, other), max(one, other)])
    }

    /// Loses everything between two hosts; handshakes between them time out.
    mutating func cut(_ one: Int, _ other: Int) {
        guard one != other, cuts.insert([min(one, other), max(one, other)]).inserted else { return }
        for host in [one, other] {
            for (connection, link) in links(of: host, to: one + other - host)
            where !link.isAuthenticated {
                schedule(
                    host,
                    .failed(connection, .handshakeTimeout, id: nil),
                    after: .seconds(3)
                )
            }
        }
    }

    /// Ends a cut: what either end still takes for a connection is reset.
    mutating func mend(_ one: Int, _ other: Int) {
        guard cuts.remove([min(one, other), max(one, other)]) != nil else { return }
        for host in [one, other] {
            for (connection, link) in links(of: host, to: one + other - host) {
                hosts[host].links[connection] = nil
                schedule(
                    host,
                    link.isAuthenticated
                        ? .closed(connection, .resetByPeer)
                        : .failed(connection, .resetByPeer, id: nil),
                    after: latency
                )
            }
        }
    }

    /// A host says something on one of its connections that its node did not.
    mutating func inject(_ message: [UInt8], on channel: ChannelID, from host: Int, pick: Int) {
        let open = hosts[host].links.filter { $0.value.isAuthenticated }
            .sorted { $0.key < $1.key }
        guard !open.isEmpty, hosts[host].isUp else { return }
        let link = open[pick % open.count].value
        guard !isCut(host, link.host) else { return }
        schedule(link.host, .received(link.connection, channel, message), after: latency)
    }

    /// The connections that two hosts both take for open, seen from `host`.
    func links(of host: Int, to other: Int) -> [(ConnectionID, Link)] {
        hosts[host].links.filter { $0.value.host == other }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
    }

    /// The row of a host in another's snapshot.
    func row(of other: Int, at host: Int) -> Snapshot.Peer? {
        snapshot(host).peers.first { $0.id == hosts[other].birth.ownID }
    }
}
