package import WarrenObservation
package import WarrenPrimitives

/// Whose each handle is: the only place that knows peers by address and by node id.
///
/// A peer enters by its id, or, where the configuration names nobody, by its address until a
/// handshake has shown its id. Addresses that strangers tell are kept with the id they are told of
/// and identify nobody: several ids may claim one address, and only a handshake there tells which
/// of them is right. Source: design §17.1.
package struct PeerDirectory: Sendable {
    package struct Entry: Hashable, Sendable {
        /// Who answers there; nil until a handshake told.
        package var id: NodeID?
        /// Where it can be dialed; nil for a peer that only ever dialed us from nowhere dialable.
        package var address: SocketAddress?
        package var moniker: String?
        /// Named by configuration or topology: never dropped, and nobody's word moves it.
        package var isConfigured = false
    }

    private var entries = Roster<PeerID, Entry>()
    private var byID: [NodeID: PeerID] = [:]
    /// Configured addresses of which nobody knows yet who is there; only looked up in.
    private var unnamed: [SocketAddress: PeerID] = [:]
    private var nextHandle: UInt32 = 1

    package init() {}

    package var count: Int { entries.count }
    package var peers: [PeerID] { entries.ids }

    package subscript(peer: PeerID) -> Entry? { entries[peer] }

    /// Who a handle stands for, as far as is known.
    package func reference(_ peer: PeerID) -> PeerReference {
        let entry = entries[peer]
        return PeerReference(peer: peer, id: entry?.id, address: entry?.address?.description)
    }

    package func peer(id: NodeID) -> PeerID? { byID[id] }

    /// The handle of whoever has this id; `address` counts when none is known.
    package mutating func peer(id: NodeID, address: SocketAddress?) -> PeerID {
        guard let known = byID[id] else { return make(id: id, address: address) }
        if let address {
            entries.update(known) { $0.address = $0.address ?? address }
        }
        return known
    }

    /// The handle that stands for whoever is at a configured address, while nobody knows who.
    package func unnamedPeer(knownAt address: SocketAddress) -> PeerID? { unnamed[address] }

    /// The handle of whoever turns out to be at a configured address.
    package mutating func unnamedPeer(at address: SocketAddress) -> PeerID {
        if let known = unnamed[address] { return known }
        let peer = make(id: nil, address: address)
        unnamed[address] = peer
        return peer
    }

    /// Takes note that `peer` proved to be `id`.
    ///
    /// - Returns: The other handle that already stood for `id`; the two are to be merged.
    package mutating func identify(_ peer: PeerID, as id: NodeID) -> PeerID? {
        if let other = byID[id], other != peer { return other }
        guard let entry = entries[peer], entry.id != id else { return nil }
        unlist(peer, entry)
        entries.update(peer) { $0.id = id }
        byID[id] = peer
        return nil
    }

    /// Moves what `other` was known by to `peer`, and drops `other`.
    package mutating func merge(_ other: PeerID, into peer: PeerID) {
        guard other != peer, let entry = entries.remove(other) else { return }
        unlist(other, entry)
        entries.update(peer) {
            // A configured address was dialed just now, so it is the better one.
            if entry.isConfigured || $0.address == nil { $0.address = entry.address ?? $0.address }
            $0.isConfigured = $0.isConfigured || entry.isConfigured
            $0.moniker = $0.moniker ?? entry.moniker
        }
    }

    /// The address of a peer with an id, as we now know it.
    package mutating func move(_ peer: PeerID, to address: SocketAddress) {
        entries.update(peer) { if $0.id != nil { $0.address = address } }
    }

    package mutating func setMoniker(_ moniker: String, of peer: PeerID) {
        entries.update(peer) { $0.moniker = moniker }
    }

    /// Marks the peer as named by configuration or topology.
    package mutating func keep(_ peer: PeerID) { entries.update(peer) { $0.isConfigured = true } }

    /// Marks only these as named by configuration or topology.
    package mutating func keepOnly(_ peers: Set<PeerID>) {
        for peer in entries.ids {
            entries.update(peer) { $0.isConfigured = peers.contains(peer) }
        }
    }

    /// Forgets a peer that nothing refers to any more.
    package mutating func drop(_ peer: PeerID) {
        guard let entry = entries[peer], !entry.isConfigured else { return }
        entries.remove(peer)
        unlist(peer, entry)
    }

    private mutating func unlist(_ peer: PeerID, _ entry: Entry) {
        if let id = entry.id, byID[id] == peer { byID[id] = nil }
        if let address = entry.address, unnamed[address] == peer { unnamed[address] = nil }
    }

    /// Handles are not used twice, before four thousand million of them were.
    private mutating func make(id: NodeID?, address: SocketAddress?) -> PeerID {
        while nextHandle == 0 || entries.contains(PeerID(rawValue: nextHandle)) { nextHandle &+= 1 }
        let peer = PeerID(rawValue: nextHandle)
        nextHandle &+= 1
        entries[peer] = Entry(id: id, address: address)
        if let id { byID[id] = peer }
        return peer
    }
}
