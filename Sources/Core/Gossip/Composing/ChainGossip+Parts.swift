import WarrenChain
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

// MARK: - Telling the parts, and doing what they answer

extension ChainGossip {
    mutating func tell(_ input: ChainServer.Input, _ turn: inout Turn) {
        var effects: [ChainServer.Effect] = []
        chainServer.handle(
            input,
            chain: chain,
            now: turn.now,
            credit: &turn.outbox.asks.credit,
            into: &effects
        )
        for effect in effects {
            switch effect {
            case .send(let peer, let bytes): turn.send(bytes, on: GossipChannel.chain, to: peer)
            case .load(let id, let range): turn.outbox.report(.load(id, range))
            case .stop(let peer, let reason): turn.outbox.stop(peer, reason)
            }
        }
    }

    mutating func tell(_ input: BlockServer.Input, _ turn: inout Turn) {
        var effects: [BlockServer.Effect] = []
        blockServer.handle(
            input,
            chain: chain,
            credit: &turn.outbox.asks.credit,
            into: &effects
        )
        for effect in effects {
            switch effect {
            case .send(let peer, let bytes): turn.send(bytes, on: GossipChannel.blocks, to: peer)
            case .load(let id, let range): turn.outbox.report(.load(id, range))
            case .stop(let peer, let reason): turn.outbox.stop(peer, reason)
            }
        }
    }

    mutating func tell(_ input: ChainClient.Input, _ turn: inout Turn) {
        var effects: [ChainClient.Effect] = []
        chainClient.handle(
            input,
            chain: chain,
            now: turn.now,
            random: &turn.random,
            credit: &turn.outbox.asks.credit,
            into: &effects
        )
        for effect in effects {
            switch effect {
            case .send(let peer, let bytes): turn.send(bytes, on: GossipChannel.chain, to: peer)
            case .intersected(let peer, let point, _): begin(peer, at: point, &turn)
            case .headers(let peer, let headers, _): take(headers, of: peer, &turn)
            case .rolledBack(let peer, let point, _): rollBack(peer, to: point, &turn)
            case .ended(let peer, let reason): end(peer, reason, &turn)
            case .stop(let peer, let reason): turn.outbox.stop(peer, reason)
            }
        }
        if !sync.isCaughtUp { judge(&turn) }
    }

    mutating func tell(_ input: BlockFetcher.Input, _ turn: inout Turn) {
        var effects: [BlockFetcher.Effect] = []
        blockFetcher.handle(
            input,
            candidates: chainClient.candidates,
            now: turn.now,
            credit: &turn.outbox.asks.credit,
            into: &effects
        )
        for effect in effects {
            switch effect {
            case .send(let peer, let bytes): turn.send(bytes, on: GossipChannel.blocks, to: peer)
            case .body(let peer, let header, let message):
                take(message, of: header, from: peer, &turn)
            case .duplicate(let peer, let header, let bytes):
                let giver = PeerReference(peer: peer)
                turn.note(.fetched(header.mark, from: giver, bytes: bytes))
            case .stop(let peer, let reason): turn.outbox.stop(peer, reason)
            }
        }
    }
}

extension ChainGossip.Turn {
    /// Sends what has spent its credit already.
    fileprivate mutating func send(_ bytes: [UInt8], on channel: ChannelID, to peer: PeerID) {
        outbox.asks.pass(bytes, on: channel, to: peer)
    }

    mutating func note(_ note: ChainNote) { outbox.note(.chain(note)) }

    mutating func fact(_ fact: ChainFact) { outbox.report(.fact(fact)) }
}
