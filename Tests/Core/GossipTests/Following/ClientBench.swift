import Testing
import WarrenChain
import WarrenGossip
import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// A client with one peer, and the test as that peer.
struct ClientBench {
    var client: ChainClient
    var chain: TestChain
    var now = Instant.epoch.advanced(by: .seconds(1000))
    var random = Random(seed: 7)
    var credit = Credit()
    var sent: [ChainMessage] = []
    var effects: [ChainClient.Effect] = []

    init(chain: TestChain, k: Int = 10) {
        client = ChainClient(
            settings: .init(genesisID: TestChain.genesis, securityParameter: k)
        )
        self.chain = chain
        credit.open(.alice, ChannelDescriptor(id: .chain, sendQueueLimit: 1000))
    }

    /// One that follows from its own tip, with what led to that set aside.
    static func following(_ chain: TestChain, k: Int = 10, isTrustable: Bool = false) -> Self {
        var bench = ClientBench(chain: chain, k: k)
        bench.tell(.follow(.alice, isTrustable: isTrustable))
        bench.receive(.intersectFound(chain.tip, tip: chain.tip))
        bench.receive(.rollBackward(chain.tip, tip: chain.tip))
        bench.forget()
        return bench
    }

    var stops: [CloseReason] {
        effects.compactMap { effect in
            if case .stop(_, let reason) = effect { reason } else { nil }
        }
    }

    mutating func forget() {
        sent = []
        effects = []
    }

    mutating func receive(_ message: ChainMessage) { tell(.received(message, from: .alice)) }

    mutating func tell(_ input: ChainClient.Input) {
        var effects: [ChainClient.Effect] = []
        client.handle(
            input,
            chain: chain,
            now: now,
            random: &random,
            credit: &credit,
            into: &effects
        )
        for effect in effects {
            if case .send(_, let bytes) = effect {
                guard let message = try? ChainMessage(bytes.span) else {
                    Issue.record("sent what it cannot read: \(bytes)")
                    continue
                }
                sent.append(message)
            } else {
                self.effects.append(effect)
            }
        }
    }

    mutating func pass(_ duration: Duration) {
        now = now.advanced(by: duration)
        tell(.deadline)
    }

    /// Lets nothing more be sent.
    mutating func fill() { while credit.spend(.alice, .chain, bytes: 0) {} }

    mutating func drain() {
        if credit.restore(.alice, .chain, messages: 10_000, bytes: 1 << 30) {
            tell(.sendable(.alice))
        }
    }
}
