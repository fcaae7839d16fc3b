import WarrenPrimitives

extension Governor {
    /// Up to `count` cold peers to forget; those that failed often are likelier.
    ///
    /// Source: O§3.5.
    func pickToForget(_ count: Int, of peers: [PeerID], random: inout Random) -> [PeerID] {
        pickLeast(count, of: peers, random: &random) { row, draw in
            draw / (UInt64(row.failCount) + 1)
        } inOrder: {
            $0 < $1
        }
    }

    /// Up to `count` warm peers to make cold; tepid ones are about twice as likely.
    func pickWarmToDemote(_ count: Int, of peers: [PeerID], random: inout Random) -> [PeerID] {
        pickLeast(count, of: peers, random: &random) { row, draw in
            row.isTepid ? draw / 2 : draw
        } inOrder: {
            $0 < $1
        }
    }

    /// Up to `count` hot peers to make warm: the lowest scores, then those that joined first.
    ///
    /// No score counts as zero, never joined as before any slot.
    func pickHotToDemote(_ count: Int, of peers: [PeerID], random: inout Random) -> [PeerID] {
        pickLeast(count, of: peers, random: &random) { row, draw in
            (row.score.value, row.score.joinedSlot == nil ? 0 : 1, row.score.joinedSlot ?? 0, draw)
        } inOrder: {
            $0 < $1
        }
    }

    /// The `count` peers with the least keys, each made from a fresh draw of 32 bits.
    private func pickLeast<Key>(
        _ count: Int,
        of peers: [PeerID],
        random: inout Random,
        key: (KnownPeer, UInt64) -> Key,
        inOrder areInOrder: (Key, Key) -> Bool
    ) -> [PeerID] {
        var keyed: [(key: Key, peer: PeerID)] = []
        for peer in peers {
            guard let row = known[peer] else { continue }
            keyed.append((key(row, random.next() >> 32), peer))
        }
        keyed.sort { areInOrder($0.key, $1.key) }
        return keyed.prefix(count).map(\.peer)
    }
}
