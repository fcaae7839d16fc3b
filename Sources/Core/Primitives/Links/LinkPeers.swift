/// Peers that a rule speaks of: node ids, and blocks of the addresses that they come from.
///
/// Kept in the order in which they were said; whether one is meant is looked up, since the links of
/// a thousand nodes are told to each of them.
package struct LinkPeers: Hashable, Sendable {
    package enum Peer: Hashable, Sendable {
        case id(NodeID)
        case block(AddressBlock)
    }

    /// Peers of one rule: as many as a list on the admin port may have in its 64 KiB.
    package static let limit = 1024

    package let all: [Peer]
    private let ids: Set<NodeID>
    private let addresses: Set<IPAddress>
    /// Those with more than one address.
    private let blocks: [AddressBlock]

    package init(_ all: [Peer]) {
        self.all = all
        var ids: Set<NodeID> = []
        var addresses: Set<IPAddress> = []
        var blocks: [AddressBlock] = []
        for peer in all {
            switch peer {
            case .id(let id): ids.insert(id)
            case .block(let block):
                if block.isOneAddress {
                    addresses.insert(block.base)
                } else {
                    blocks.append(block)
                }
            }
        }
        self.ids = ids
        self.addresses = addresses
        self.blocks = blocks
    }

    /// Everybody, over IPv4 and IPv6.
    package static let everybody = LinkPeers(
        ["0.0.0.0/0", "::/0"].compactMap { AddressBlock($0).map(Peer.block) }
    )

    /// Whether the peer at `address` is meant; before the handshake nobody knows its id.
    package func contains(_ address: IPAddress, _ id: NodeID?) -> Bool {
        if let id, ids.contains(id) { return true }
        return addresses.contains(address) || blocks.contains { $0.contains(address) }
    }
}

extension AddressBlock {
    fileprivate var isOneAddress: Bool { length == (base.v4 == nil ? 128 : 32) }
}

extension LinkPeers.Peer: CustomStringConvertible, LosslessStringConvertible {
    package var description: String {
        switch self {
        case .id(let id): "\(id)"
        case .block(let block): "\(block)"
        }
    }

    /// Reads a node id, or an address or a block of them.
    package init?(_ text: String) {
        if let id = NodeID(text) {
            self = .id(id)
        } else if let block = AddressBlock(text) {
            self = .block(block)
        } else {
            return nil
        }
    }
}
