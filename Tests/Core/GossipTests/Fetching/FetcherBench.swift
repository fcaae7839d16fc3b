import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// A fetcher with some peers that show one chain, and the test as all of them.
struct FetcherBench {
    var fetcher = BlockFetcher()
    var chain: TestChain
    var candidates = Roster<PeerID, Candidate>()
    var now = Instant.epoch.advanced(by: .seconds(1000))
    var credit = Credit()
    var asked: [PeerID: [ClosedRange<Int>]] = [:]
    var effects: [BlockFetcher.Effect] = []

    init(
        chain: TestChain,
        peers: [PeerID] = [.alice],
        mode: FetchMode = .deadline,
        isAll: Bool = true
    ) {
        self.chain = chain
        tell(.mode(mode))
        for peer in peers {
            credit.open(peer, ChannelDescriptor(id: .blocks, sendQueueLimit: 1000))
            candidates[peer] = chain.candidate
            tell(.ready(peer))
        }
        if isAll { tell(.wanted(chain.headers)) }
    }

    var stops: [CloseReason] {
        effects.compactMap { effect in
            if case .stop(_, let reason) = effect { reason } else { nil }
        }
    }

    /// The heights whose bodies came.
    var bodies: [Int] {
        effects.compactMap { effect in
            if case .body(_, let header, _) = effect { Int(header.height) } else { nil }
        }
    }

    mutating func forget() {
        asked = [:]
        effects = []
    }

    func message(_ height: Int) -> BlockMessage {
        guard let bytes = chain.messages[chain.headers[height - 1].id],
            let message = try? BlockMessage(bytes)
        else { return .noBlocks }
        return message
    }

    mutating func receive(_ message: BlockMessage, from peer: PeerID = .alice) {
        tell(.received(message, from: peer))
    }

    /// The whole answer to a request for these.
    mutating func answer(_ heights: ClosedRange<Int>, from peer: PeerID = .alice) {
        receive(.startBatch, from: peer)
        for height in heights { receive(message(height), from: peer) }
        receive(.batchDone, from: peer)
    }

    mutating func tell(_ input: BlockFetcher.Input) {
        var effects: [BlockFetcher.Effect] = []
        fetcher.handle(
            input,
            candidates: candidates,
            now: now,
            credit: &credit,
            into: &effects
        )
        for effect in effects {
            guard case .send(let peer, let bytes) = effect else {
                self.effects.append(effect)
                continue
            }
            guard case .requestRange(let from, let to)? = try? BlockMessage(bytes) else {
                Issue.record("sent what is no request: \(bytes)")
                continue
            }
            #expect(chain.point(Int(from.height)) == from && chain.point(Int(to.height)) == to)
            asked[peer, default: []].append(Int(from.height)...Int(to.height))
        }
    }

    mutating func pass(_ duration: Duration) {
        now = now.advanced(by: duration)
        tell(.deadline)
    }

    /// All heights that were asked of a peer.
    func heights(_ peer: PeerID) -> [Int] { (asked[peer] ?? []).flatMap { Array($0) } }
}
