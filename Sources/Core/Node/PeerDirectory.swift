package import WarrenPrimitives

/// Whose each handle is: the only place that knows peers by address and by node id.
///
/// A peer enters by either; when a handshake shows that two handles are one node, the directory
/// says so and the machines merge their rows. Handles are never used twice. Source: design §17.1.
package struct PeerDirectory: Sendable {
    package struct Entry: Hashable, Sendable {
        /// Who answers there; nil until a handshake told.
        package var id: NodeID?
        /// Where it can be dialed; nil for a peer that only ever dialed us from nowhere dialable.
        package var address: SocketAddress?
        package var moniker: String?
        /// What keeps the entry: it is dropped when nothing does.
        package var isConfigured = false
    }

    private var entries = Roster<PeerID, Entry>()
    private var byID: [NodeID: PeerID] = [:]
    private var byAddress: [SocketAddress: PeerID] = [:]
    private var nextHandle: UInt32 = 1

    package init() {}

    package var count: Int { entries.count }

    package subscript(peer: PeerID) -> Entry? { entries[peer] }

    package func peer(id: NodeID) -> PeerID? { byID[id] }
    package func peer(at address: SocketAddress) -> PeerID? { byAddress[address] }

    /// The handle of whoever has this id, else of whoever is at this address, else a new one.
    ///
    /// An address that is known to be another node's stays with that node: strangers say what they
    /// like of addresses.
    package mutating func peer(id: NodeID?, address: SocketAddress?) -> PeerID {
        if let id, let known = byID[id] {
            if let address { move(known, to: address, onlyIfUnset: true) }
            return known
        }
        if let address, let known = byAddress[address], let entry = entries[known] {
            if id == nil || entry.id == id { return known }
            if entry.id == nil, let id {
                entries.update(known) { $0.id = id }
                byID[id] = known
                return known
            }
        }
        return make(id: id, address: address)
    }

    /// Takes note that `peer` proved to be `id`.
    ///
    /// - Returns: The other handle that already stood for `id`, to be merged into `peer`.
    package mutating func identify(_ peer: PeerID, as id: NodeID) -> PeerID? {
        if let other = byID[id], other != peer { return other }
        if let old = entries[peer]?.id, old != id { byID[old] = nil }
        entries.update(peer) { $0.id = id }
        byID[id] = peer
        return nil
    }

    /// Moves what `other` was known by to `peer`, and drops `other`.
    package mutating func merge(_ other: PeerID, into peer: PeerID) {
        guard other != peer, let entry = entries[other] else { return }
        entries.remove(other)
        if let id = entry.id {
            byID[id] = peer
            entries.update(peer) { $0.id = id }
        }
        if let address = entry.address {
            byAddress[address] = nil
            if entries[peer]?.address == nil {
                entries.update(peer) { $0.address = address }
            }
            if entries[peer]?.address == address { byAddress[address] = peer }
        }
        entries.update(peer) {
            $0.isConfigured = $0.isConfigured || entry.isConfigured
            $0.moniker = $0.moniker ?? entry.moniker
        }
    }

    /// The peer's address as we now know it: from its own handshake, or from the configuration.
    package mutating func move(
        _ peer: PeerID,
        to address: SocketAddress,
        onlyIfUnset: Bool = false
    ) {
        guard let entry = entries[peer], entry.address != address else { return }
        if onlyIfUnset, entry.address != nil { return }
        if let holder = byAddress[address], holder != peer {
            // Two nodes cannot listen at one place: the one that is there now has it.
            if onlyIfUnset { return }
            entries.update(holder) { $0.address = nil }
        }
        if let old = entry.address, byAddress[old] == peer { byAddress[old] = nil }
        entries.update(peer) { $0.address = address }
        byAddress[address] = peer
    }

    package mutating func setMoniker(_ moniker: String, of peer: PeerID) {
        entries.update(peer) { $0.moniker = moniker }
    }

    /// Marks the peer as named by configuration or topology, so that it is never dropped.
    package mutating func keep(_ peer: PeerID) { entries.update(peer) { $0.isConfigured = true } }

    /// Forgets a peer that nothing refers to any more.
    package mutating func drop(_ peer: PeerID) {
        guard let entry = entries[peer], !entry.isConfigured else { return }
        entries.remove(peer)
        if let id = entry.id, byID[id] == peer { byID[id] = nil }
        if let address = entry.address, byAddress[address] == peer { byAddress[address] = nil }
    }

    private mutating func make(id: NodeID?, address: SocketAddress?) -> PeerID {
        let peer = PeerID(rawValue: nextHandle)
        nextHandle += 1
        entries[peer] = Entry(id: id)
        if let id { byID[id] = peer }
        if let address { move(peer, to: address, onlyIfUnset: true) }
        return peer
    }
}
